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
import { coreModules, withImportedMemory } from "./binary.ts";
import { SIZE } from "./memories.ts";

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiles on the first call, and only then. */
export function coreModule(): Promise<WebAssembly.Module> {
  compiled ??= compile().catch((error: unknown) => {
    // The next call tries again.
    compiled = undefined;
    throw error;
  });
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  const component = await readFile(new URL("../../stytch.wasm", import.meta.url));
  const digest = createHash("sha256").update(component).digest("hex");
  if (digest !== DIGEST) {
    throw new PluginFailedError("the file stytch.wasm is not that of this package; install the package again");
  }
  // The others connect it to the description.
  const [main] = coreModules(component);
  if (!main) throw new PluginFailedError("the file stytch.wasm has no code");
  return WebAssembly.compile(withImportedMemory(main, SIZE.initial, SIZE.maximum));
}
