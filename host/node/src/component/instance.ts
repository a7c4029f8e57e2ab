// One call of the component, by an instance that is made for it and thrown away.

import type { Result } from "../contract.ts";
import { coreModule } from "./component.ts";
import { withMemory } from "./memories.ts";
import { Memory } from "./memory.ts";
import type { Operation } from "./operation.ts";
import { turn } from "./turn.ts";
import { type Send, Wasi } from "./wasi.ts";

/** The component's configuration, with the keys of `wit/world.wit`. */
export type Config = readonly (readonly [key: string, value: string])[];

/**
 * Runs an operation. While it waits for the response its stack is suspended, so that other
 * code runs in the meantime. Throws if the component fails, and what `send` throws if that is
 * not a `Failure`.
 */
export async function run<T>(operation: Operation<T>, config: Config, send: Send): Promise<Result<T>> {
  const instantiate = await coreModule();
  await turn();
  return withMemory(async (own) => {
    const wasi = new Wasi(config, async (request) => {
      try {
        return await send(request);
      } finally {
        await turn();
      }
    });
    wasi.enter();
    const exports = instantiate(own);
    const memory = new Memory(own, exports);
    wasi.attach(memory);
    const call = WebAssembly.promising(exports[operation.name]);
    const at = await call(...operation.lower(memory));
    return operation.lift(memory.refresh(), at >>> 0);
  });
}
