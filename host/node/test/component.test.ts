// Instances, and the memories that they are lent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coreModules, MEMORY, withImportedMemory } from "../src/component/binary.ts";
import { run } from "../src/component/instance.ts";
import { SIZE, withMemory } from "../src/component/memories.ts";
import { retrieveUser } from "../src/component/operation.ts";
import type { Response } from "../src/network/client.ts";
import { Failure } from "../src/network/failure.ts";

const component = readFileSync(new URL("../stytch.wasm", import.meta.url));
const CONFIG = [
  ["project-id", "project-test-1"],
  ["secret", "secret-test-hush"],
] as const;

const response = (user: object): Response => ({
  status: 200,
  headers: [],
  body: Buffer.from(JSON.stringify(user)),
  end: undefined,
});

/** The bytes of the memory that the next instance gets. */
const next = () => withMemory(async (memory) => ({ memory, isZero: Buffer.from(memory.buffer).every((byte) => byte === 0) }));

test("a memory is all zeros when it is used again", async () => {
  const first = await next();
  assert.ok(first.isZero);
  for (const send of [
    async () => response({ user_id: "u" }),
    async () => Promise.reject(new Failure("connection-refused", "refused")),
    async () => Promise.reject(new Error("cancelled")),
    async () => ({ ...response({ user_id: "u" }), status: 1e9 }),
  ]) {
    await run(retrieveUser("u"), CONFIG, send).catch(() => {});
    const { memory, isZero } = await next();
    assert.equal(memory, first.memory);
    assert.ok(isZero);
  }
});

test("a memory that has grown is not used again", async () => {
  const { memory } = await next();
  const large = { user_id: "u", trusted_metadata: { text: "x".repeat(1 << 20) } };
  const result = await run(retrieveUser("u"), CONFIG, async () => response(large));
  assert.ok(result.ok && result.value.trusted_metadata);
  assert.notEqual((await next()).memory, memory);
});

test("memory has a maximum", async () => {
  const [main] = coreModules(component);
  assert.ok(main);
  const module = await WebAssembly.compile(withImportedMemory(main, 3, 4));
  const memory = new WebAssembly.Memory({ initial: 3, maximum: 4 });
  const imports = new Proxy({}, { get: (_, module) => (module === MEMORY.module ? { [MEMORY.name]: memory } : new Proxy({}, { get: () => () => 0 })) });
  const { exports } = new WebAssembly.Instance(module, imports);
  const realloc = exports.cabi_realloc as (...values: number[]) => number;
  assert.ok(realloc(0, 0, 1, 1000) > 0);
  assert.throws(() => realloc(0, 0, 1, 1 << 20));
  assert.ok(SIZE.maximum << 16 === 256 << 20);
});

test("files that are not the component are refused", () => {
  const [main] = coreModules(component);
  assert.ok(main);
  assert.deepEqual(coreModules(main), []);
  assert.throws(() => coreModules(component.subarray(0, 1000)), /ends after the file/);
  assert.throws(() => withImportedMemory(withImportedMemory(main, 3, 4), 3, 4), /not one memory/);
});
