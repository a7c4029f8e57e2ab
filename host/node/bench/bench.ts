// The figures of the README, in one run, next to Stytch's own SDK for Node and the same
// local Stytch: npm run bench. STYTCH_HOST should name a release build.

import { execFileSync } from "node:child_process";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { StytchUsers } from "@stytch-host/users";
import stytch from "stytch";
import { emulator } from "../test/support/host.ts";
import { type Call, median, run } from "./measure.ts";
import type { Memory } from "./memory.ts";

/** Calls at a time. */
const AT_ONCE = 64;
/** After which memory is measured. */
const CALLS = Number(process.env.CALLS ?? 100_000);
/** Rounds, of which the median counts. */
const ROUNDS = 5;

await using server = await emulator("--users", "1000");
const { baseUrl, projectId, secret } = server;
const own = new StytchUsers({ baseUrl, projectId, secret });
const sealed = new StytchUsers({ baseUrl, projectId, secret, sealed: true });
const sdk = new stytch.Client({ project_id: projectId, secret, env: baseUrl });
const { user_id } = await own.retrieveUser("ada.lovelace");

/** Milliseconds per call, and of the process's CPU time per call. */
async function time(call: Call, calls: number, atOnce: number): Promise<{ wall: number; cpu: number }> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await run(call, calls, atOnce);
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - start) / calls, cpu: (user + system) / 1000 / calls };
}

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

/**
 * In a process of its own. V8 enlarges the part of its heap for new objects, up to 128 MB, in
 * any program that makes some, and gives it back when nothing is left to do or memory is
 * short: whether anything leaks is seen when it has.
 */
function memory(subject: string): void {
  const program = fileURLToPath(new URL("memory.ts", import.meta.url));
  const printed = execFileSync(process.execPath, ["--expose-gc", program, subject, "1000", `${CALLS}`, `${AT_ONCE}`], {
    encoding: "utf8",
    env: { ...process.env, STYTCH_BASE_URL: baseUrl, STYTCH_PROJECT_ID: projectId, STYTCH_SECRET: secret },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [few, many]: [Memory, Memory] = JSON.parse(printed);
  for (const which of ["retained", "running"] as const) {
    const [before, after] = [few[which], many[which]];
    const change = ((after / before - 1) * 100).toFixed(1);
    console.log(
      `memory, ${subject}, ${which}: ${(before / 1e6).toFixed(1)} MB after 1,000 calls, ${(after / 1e6).toFixed(1)} MB after ${CALLS}: ${change} %`,
    );
  }
}

memory("SDK");
memory("this package");

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
