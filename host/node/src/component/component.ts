// The component's file: its core module, compiled once for the whole process.
//
// A component is a core module, and a description of how its imports and exports have the
// types of its contract. This package implements those itself (`wasi.ts`, `operation.ts`),
// so it takes the core module out of the file, and leaves the description alone. The names
// and types of a core module's imports and exports are standardized, too: they are those of
// the canonical ABI.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { DIGEST } from "../digest.ts";
import { PluginFailedError } from "../errors.ts";
import { coreModules, FUNCTIONS, MEMORY, prepare } from "./binary.ts";
import { SIZE } from "./memories.ts";
import { Wasi } from "./wasi.ts";

/** The exports of an instance with this memory. */
export type Instantiate = (memory: WebAssembly.Memory) => Record<string, unknown>;

let compiled: Promise<Instantiate> | undefined;

/** What makes instances. Compiles on the first call, and only then. */
export function coreModule(): Promise<Instantiate> {
  compiled ??= compile().catch((error: unknown) => {
    // The next call tries again.
    compiled = undefined;
    throw error;
  });
  return compiled;
}

async function compile(): Promise<Instantiate> {
  const component = await readFile(new URL("../../stytch.wasm", import.meta.url));
  const digest = createHash("sha256").update(component).digest("hex");
  if (digest !== DIGEST) {
    throw new PluginFailedError("the file stytch.wasm is not that of this package; install the package again");
  }
  // The others connect it to the description.
  const [main] = coreModules(component);
  if (!main) throw new PluginFailedError("the file stytch.wasm has no code");
  const { bytes, functions } = prepare(main, SIZE.initial, SIZE.maximum);
  const module = await WebAssembly.compile(bytes);
  const known = Wasi.functions();
  const imports = Object.fromEntries(functions.map(([module, name], index) => [index, known[module]?.[name]]));
  return (memory) => {
    const host = { [FUNCTIONS]: imports, [MEMORY.module]: { [MEMORY.name]: memory } };
    return new WebAssembly.Instance(module, host).exports;
  };
}
