// The memory of a process after few calls and after many: node --expose-gc bench/memory.ts
// SUBJECT FEW MANY AT_ONCE, with the local Stytch in the environment. It prints JSON.

import { setTimeout as wait } from "node:timers/promises";
import { StytchUsers } from "@stytch-host/users";
import stytch from "stytch";
import { median, run } from "./measure.ts";

/** What a process takes, in bytes. */
export interface Memory {
  /** While it runs: what is in use, and what V8 keeps for what comes. */
  running: number;
  /** When V8 has given back all that it does not use. */
  retained: number;
}

const [subject, few, many, atOnce] = process.argv.slice(2);
const { STYTCH_BASE_URL: baseUrl = "", STYTCH_PROJECT_ID: projectId = "", STYTCH_SECRET: secret = "" } = process.env;
const own = new StytchUsers({ baseUrl, projectId, secret });
const sdk = new stytch.Client({ project_id: projectId, secret, env: baseUrl });
const { user_id } = await own.retrieveUser("ada.lovelace");
const call = subject === "SDK" ? () => sdk.users.get({ user_id }) : () => own.retrieveUser(user_id);

async function sample(collect: () => void): Promise<number> {
  const samples: number[] = [];
  for (let sample = 0; sample < 5; sample++) {
    collect();
    await wait(50);
    samples.push(process.memoryUsage.rss());
  }
  return median(samples);
}

const collect = globalThis.gc as unknown as (options?: object) => void;

async function memory(calls: number): Promise<Memory> {
  await run(call, calls, Number(atOnce));
  const running = await sample(() => collect());
  const retained = await sample(() => collect({ type: "major", execution: "sync", flavor: "last-resort" }));
  return { running, retained };
}

const first = await memory(Number(few));
console.log(JSON.stringify([first, await memory(Number(many) - Number(few))]));
process.exit();
