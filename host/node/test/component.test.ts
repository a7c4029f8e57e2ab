// Instances, and the memories that they are lent.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { coreModules, FUNCTIONS, MEMORY, prepare } from "../src/component/binary.ts";
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

test("instances that run in turns have their own configuration, request and response", async () => {
  const call = async (index: number) => {
    const secret = `secret-test-${index}`;
    const config = [["project-id", "project-test-1"], ["secret", secret]] as const;
    const result = await run(retrieveUser(`user-${index}`), config, async ({ path, headers }) => {
      assert.equal(path, `/v1/users/user-${index}`);
      const [, authorization = ""] = headers.find(([name]) => name === "authorization") ?? [];
      const encoded = Buffer.from(`project-test-1:${secret}`).toString("base64");
      assert.equal(authorization, `Basic ${encoded}`);
      // They end in another order, and some fail.
      await wait((index * 7) % 11);
      if (index % 5 === 0) throw new Failure("connection-refused", "refused");
      return response({ user_id: `u${index}` });
    });
    if (index % 5 === 0) assert.ok(!result.ok && result.error.code === "unreachable");
    else assert.ok(result.ok && result.value.user_id === `u${index}`);
  };
  await Promise.all(Array.from({ length: 100 }, (_, index) => call(index)));
});

test("memory has a maximum", async () => {
  const [main] = coreModules(component);
  assert.ok(main);
  const { bytes, functions } = prepare(main, 3, 4);
  assert.ok(functions.length > 30 && functions.every(([module]) => module.startsWith("wasi:")));
  const module = await WebAssembly.compile(bytes);
  const memory = new WebAssembly.Memory({ initial: 3, maximum: 4 });
  const imported = Object.fromEntries(functions.map((_, index) => [index, () => 0]));
  const imports = { [FUNCTIONS]: imported, [MEMORY.module]: { [MEMORY.name]: memory } };
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
  assert.throws(() => prepare(prepare(main, 3, 4).bytes, 3, 4), /not one memory/);
});
