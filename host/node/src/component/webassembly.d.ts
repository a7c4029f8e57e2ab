// What this package uses of the global `WebAssembly`: the types of Node do not have it.

declare namespace WebAssembly {
  class Module {
    private constructor();
  }
  class Memory {
    constructor(pages: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array): Promise<Module>;

  /** JavaScript Promise Integration: a function that suspends the Wasm that calls it. */
  class Suspending {
    constructor(imported: (...values: never[]) => Promise<unknown>);
  }
  function promising(exported: unknown): (...values: number[]) => Promise<number>;
}
