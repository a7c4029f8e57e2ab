// The figures of the README, in one run, next to Stytch's own SDK for Node and the same
// local Stytch: npm run bench. STYTCH_HOST should name a release build.

import { execFileSync } from "node:child_process";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { StytchUsers } from "@stytch-host/users";
import stytch from "stytch";
import { emulator } from "../test/support/host.ts";

/** Calls at a time. */
const AT_ONCE = 64;
/** Rounds, of which the median counts. */
const ROUNDS = 5;

await using server = await emulator("--users", "1000");
const { baseUrl, projectId, secret } = server;
const own = new StytchUsers({ baseUrl, projectId, secret });
const sealed = new StytchUsers({ baseUrl, projectId, secret, sealed: true });
const sdk = new stytch.Client({ project_id: projectId, secret, env: baseUrl });
const { user_id } = await own.retrieveUser("ada.lovelace");

type Call = () => Promise<unknown>;

async function run(call: Call, calls: number, atOnce: number): Promise<void> {
  let left = calls;
  const caller = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
}

/** Milliseconds per call, and of the process's CPU time per call. */
async function time(call: Call, calls: number, atOnce: number): Promise<{ wall: number; cpu: number }> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await run(call, calls, atOnce);
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - start) / calls, cpu: (user + system) / 1000 / calls };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Runs them in turns, so that all see the same machine. */
async function compare(name: string, calls: Record<string, Call>, count: number, atOnce: number): Promise<void> {
  const times = new Map<string, { wall: number; cpu: number }[]>();
  for (const [, call] of Object.entries(calls)) await run(call, count / 4, atOnce);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [which, call] of Object.entries(calls)) {
      times.set(which, [...(times.get(which) ?? []), await time(call, count, atOnce)]);
    }
  }
  const base = median((times.get("SDK") ?? []).map(({ wall }) => wall));
  for (const [which, found] of times) {
    const wall = median(found.map(({ wall }) => wall));
    const cpu = median(found.map(({ cpu }) => cpu));
    console.log(
      `${name}, ${which}: ${Math.round(1000 / wall)} calls/s, ${wall.toFixed(3)} ms each, ${cpu.toFixed(3)} ms of CPU, ${(base / wall).toFixed(2)} of the SDK's throughput`,
    );
  }
}

async function memory(after: number): Promise<number> {
  await run(() => own.retrieveUser(user_id), after, AT_ONCE);
  const samples: number[] = [];
  for (let sample = 0; sample < 5; sample++) {
    globalThis.gc?.();
    await wait(50);
    samples.push(process.memoryUsage.rss());
  }
  return median(samples);
}

const calls = Number(process.env.CALLS ?? 100_000);
const few = await memory(1_000);
const many = await memory(calls - 1_000);
const change = ((many / few - 1) * 100).toFixed(1);
console.log(`memory: ${(few / 1e6).toFixed(1)} MB after 1,000 calls, ${(many / 1e6).toFixed(1)} MB after ${calls}: ${change} %`);

await compare(
  `retrieve, ${AT_ONCE} at once`,
  {
    SDK: () => sdk.users.get({ user_id }),
    "this package": () => own.retrieveUser(user_id),
    sealed: () => sealed.retrieveUser(user_id),
  },
  5_000,
  AT_ONCE,
);
await compare(
  "retrieve, one after the other",
  { SDK: () => sdk.users.get({ user_id }), "this package": () => own.retrieveUser(user_id) },
  1_000,
  1,
);
await compare(
  "page of 1,000 users",
  {
    SDK: () => sdk.users.search({ limit: 1000 }),
    "this package": () => own.searchUsers({ limit: 1000 }),
    sealed: () => sealed.searchUsers({ limit: 1000 }),
  },
  40,
  1,
);

for (const [which, call] of [
  ["SDK", () => sdk.users.get({ user_id })],
  ["this package", () => own.retrieveUser(user_id)],
] as const) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await run(call, 10_000, AT_ONCE);
  delay.disable();
  const ms = (ns: number) => (ns / 1e6).toFixed(1);
  console.log(`event loop, ${which}: longest gap p99 ${ms(delay.percentile(99))} ms, max ${ms(delay.max)} ms`);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const [packed] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf8" }));
console.log(`package: ${Math.round(packed.unpackedSize / 1000)} KB unpacked, ${Math.round(packed.size / 1000)} KB packed`);
