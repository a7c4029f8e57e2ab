// Which failures are retried, when, and how often: with a clock that the tests turn, and
// with the emulator's faults.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimitedError, UnavailableError, UnreachableError } from "@stytch-host/users";
import type { Endpoint } from "../src/component/operation.ts";
import type { ApiError } from "../src/contract.ts";
import {
  NotFoundError as NotFound,
  RateLimitedError as RateLimited,
  rateLimited,
  StytchUsersError,
  UnavailableError as Unavailable,
  UnreachableError as Unreachable,
} from "../src/errors.ts";
import { originOf } from "../src/network/origin.ts";
import { Account, accountOf } from "../src/retry/account.ts";
import { waitAfter } from "../src/retry/backoff.ts";
import { Budget } from "../src/retry/budget.ts";
import type { Clock } from "../src/retry/clock.ts";
import { type Failed, type Limits, retry } from "../src/retry/retry.ts";
import { client, emulator } from "./support/host.ts";
import { json, serve } from "./support/server.ts";

/** A clock on which waiting takes no time. */
class Turned implements Clock {
  time = 0;
  chance = 0.5;
  readonly waits: number[] = [];

  now(): number {
    return this.time;
  }

  date(): number {
    return this.time;
  }

  random(): number {
    return this.chance;
  }

  async sleep(ms: number): Promise<void> {
    this.waits.push(ms);
    this.time += ms;
  }
}

const api = (status: number, changed: Partial<ApiError> = {}): ApiError => ({
  status,
  error_type: null,
  message: null,
  request_id: "r",
  error_url: null,
  details: null,
  retry_after_ms: null,
  ...changed,
});

const failed = (error: StytchUsersError, status?: number): Failed => {
  error.attempts = 1;
  return { error, status };
};
const unavailable = () => failed(new Unavailable("down", true, api(503)), 503);
const reset = () => failed(new Unreachable("cut", true, "reset"));
const tooMany = (retryAfter: number | null) =>
  failed(rateLimited(api(429, { error_type: "too_many_requests", retry_after_ms: retryAfter })), 429);

const LIMITS: Limits = { timeout: 60_000, attempt: 30_000, attempts: 3 };

interface Options {
  account?: Account;
  endpoint?: Endpoint;
  limits?: Partial<Limits>;
}

async function run(clock: Turned, outcomes: (Failed | { value: string })[], options: Options = {}) {
  const { account = new Account(clock), endpoint = "get", limits } = options;
  let sent = 0;
  const attempt = async () => outcomes[sent++] ?? assert.fail("one attempt too many");
  const result = await retry({ ...LIMITS, ...limits }, account, endpoint, clock, undefined, attempt).catch(
    (error: unknown) => error,
  );
  return { result, sent };
}

test("only failures that may pass are retried", async () => {
  const clock = new Turned();
  const done = { value: "done" };
  assert.deepEqual(await run(clock, [unavailable(), reset(), done]), { result: "done", sent: 3 });
  // Half of the longest wait, which doubles: 1 s after a status, 50 ms after a network failure.
  assert.deepEqual(clock.waits, [500, 50]);
  const last = await run(clock, [reset(), reset(), reset()]);
  assert.ok(last.result instanceof Unreachable && last.result.attempts === 3);
  assert.equal(last.result.message, "cut (after 3 attempts)");
  for (const failure of [failed(new NotFound("no", false, api(404)), 404), failed(rateLimited(api(429, { error_type: "x" })), 429)]) {
    assert.equal((await run(clock, [failure])).sent, 1);
  }
  // Nothing was sent: the component does not spend the budget.
  const unsent = reset();
  unsent.error.attempts = 0;
  assert.equal((await run(clock, [unsent])).sent, 1);
  assert.equal((await run(clock, [reset()], { limits: { attempts: 1 } })).sent, 1);
});

test("Retry-After is kept, and everybody waits", async () => {
  const clock = new Turned();
  const account = new Account(clock);
  const done = { value: "done" };
  assert.equal((await run(clock, [tooMany(2_000), done], { account })).result, "done");
  // The wait of the retry, with jitter; then the pause is over.
  assert.deepEqual(clock.waits.splice(0), [2_500]);
  account.pause("get", tooMany(5_000).error as RateLimited);
  assert.equal((await run(clock, [done], { account, endpoint: "search" })).sent, 1);
  assert.deepEqual(clock.waits, []);
  assert.equal((await run(clock, [done], { account })).result, "done");
  assert.deepEqual(clock.waits.splice(0), [5_500]);
  // One that cannot wait so long fails without a request.
  account.pause("get", tooMany(90_000).error as RateLimited);
  clock.time += 10_000;
  const { result, sent } = await run(clock, [], { account });
  assert.ok(result instanceof RateLimited);
  assert.deepEqual([sent, result.attempts, result.retryAfterMs, result.requestId], [0, 0, 80_000, null]);
  assert.match(result.message, /try again in 80 s$/);
});

test("a search that was limited waits for the next full minute", async () => {
  const clock = new Turned();
  clock.time = 59_000;
  const { result } = await run(clock, [tooMany(null), { value: "done" }], { endpoint: "search" });
  assert.deepEqual([result, clock.waits], ["done", [1_500]]);
  const get = await run(clock, [tooMany(null)], { limits: { attempts: 1 } });
  assert.equal((get.result as RateLimited).retryAfterMs, null);
});

test("a call does not wait beyond its end", async () => {
  const clock = new Turned();
  const { result, sent } = await run(clock, [tooMany(70_000)]);
  assert.ok(result instanceof RateLimited && sent === 1 && clock.waits.length === 0);
});

test("the longest wait doubles up to a bound", () => {
  const clock = new Turned();
  clock.chance = 1;
  for (const [failure, expected] of [
    [reset(), [50, 100, 200, 400, 20_000]],
    [unavailable(), [1_000, 2_000, 4_000, 8_000, 20_000]],
  ] as const) {
    const waits = [1, 2, 3, 4, 40].map((failures) => waitAfter(failure.error, failures, clock));
    assert.deepEqual(waits, expected);
  }
});

test("a fifth of the calls and a reserve may be retried, within a minute", () => {
  const clock = new Turned();
  const budget = new Budget(clock);
  const retries = () => {
    let count = 0;
    while (budget.tryRetry()) count++;
    return count;
  };
  assert.equal(retries(), 60);
  for (let call = 0; call < 100; call++) budget.countCall();
  assert.equal(retries(), 20);
  clock.time += 61_000;
  assert.equal(retries(), 60);
});

test("an account is a credential at an origin", () => {
  const clock = new Turned();
  const origin = (url: string) => originOf("", url);
  const first = accountOf("a", "s", origin("https://a.example"), clock);
  assert.equal(accountOf("a", "s", origin("https://a.example"), clock), first);
  for (const [project, secret, url] of [
    ["b", "s", "https://a.example"],
    ["a", "t", "https://a.example"],
    ["a", "s", "https://b.example"],
  ] as const) {
    assert.notEqual(accountOf(project, secret, origin(url), clock), first);
  }
});

test("faults of the emulator are retried", async () => {
  for (const chaos of ["503@1", "reset@headers@1-2", "reset@body@1", "truncate@1", "429@1,retry-after=1s"]) {
    await using stytch = await emulator("--chaos", chaos);
    const user = await client(stytch).retrieveUser("ada.lovelace");
    assert.match(user.user_id, /^user-test-/, chaos);
  }
  await using down = await emulator("--chaos", "503");
  const failure = client(down, { retries: 1 }).retrieveUser("ada.lovelace");
  await assert.rejects(failure, (error) => error instanceof UnavailableError && error.attempts === 2);
  const once = client(down, { retries: 0 }).retrieveUser("ada.lovelace");
  await assert.rejects(once, (error) => error instanceof UnavailableError && error.attempts === 1);
});

test("one call's 429 pauses others, of another client, too", async () => {
  await using stytch = await emulator("--rate-limit", "1");
  const search = (timeoutMs: number) => client(stytch, { timeoutMs, retries: 0 }).searchUsers({ limit: 1 });
  await search(5_000);
  await assert.rejects(search(5_000), (error) => error instanceof RateLimitedError && error.attempts === 1);
  await assert.rejects(search(900), (error) => error instanceof RateLimitedError && error.attempts === 0);
});

test("an attempt and a call have an end", async () => {
  await using stalled = await serve(() => {});
  const credential = { baseUrl: stalled.baseUrl, projectId: "project-test-1", secret: "secret-test-1" };
  for (const [options, attempts] of [
    [{ attemptTimeoutMs: 100, retries: 1 }, 2],
    [{ timeoutMs: 100 }, 1],
  ] as const) {
    await assert.rejects(client(credential, options).check(), (error) => {
      assert.ok(error instanceof UnreachableError);
      assert.deepEqual([error.retryable, error.attempts, error.transportCause], [true, attempts, null]);
      assert.match(error.message, /^no result within 0\.1 s/);
      return true;
    });
  }
  await assert.rejects(client(credential).check({ timeoutMs: 100 }), UnreachableError);
});

test("a wait can be cancelled", async () => {
  const answer = json("429 Too Many Requests", {}, ["retry-after: 30"]);
  await using limited = await serve((socket) => socket.end(answer));
  const credential = { baseUrl: limited.baseUrl, projectId: "project-test-1", secret: "secret-test-1" };
  const signal = AbortSignal.timeout(200);
  await assert.rejects(client(credential).check({ signal }), { name: "TimeoutError" });
  assert.equal(limited.requests.length, 1);
});
