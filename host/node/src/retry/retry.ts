// Repeats attempts: only those that failed for a while, within a budget and a deadline. Both
// operations only read, so a request may always be sent again. The rules and figures are
// those of the host in Rust (`host/library/src/retry.rs`).

import type { Endpoint } from "../component/operation.ts";
import { RateLimitedError, rateLimited, type StytchUsersError, UnreachableError } from "../errors.ts";
import type { Account } from "./account.ts";
import { spread, waitAfter } from "./backoff.ts";
import type { Clock } from "./clock.ts";

/** Times are in milliseconds. */
export interface Limits {
  /** The whole call: all attempts, and the waits between them. */
  readonly timeout: number;
  /** One attempt. */
  readonly attempt: number;
  readonly attempts: number;
}

/** The outcome of an attempt that failed. */
export interface Failed {
  readonly error: StytchUsersError;
  /** The status that was received, whatever the component reports. */
  readonly status: number | undefined;
}

/** Throws a `StytchUsersError`, or the signal's reason. */
export async function retry<T>(
  { timeout, attempt: longest, attempts }: Limits,
  account: Account,
  endpoint: Endpoint,
  clock: Clock,
  signal: AbortSignal | undefined,
  attempt: (signal: AbortSignal) => Promise<{ value: T } | Failed>,
): Promise<T> {
  const deadline = clock.now() + timeout;
  account.budget.countCall();
  for (let number = 1, sent = 0; ; number++) {
    await pause(sent);
    const left = deadline - clock.now();
    const outcome = await within(Math.min(longest, left), left <= longest ? timeout : longest);
    if ("value" in outcome) return outcome.value;
    const { status } = outcome;
    const error = withSearchWindow(outcome.error, endpoint, clock);
    const wasSent = error.attempts > 0;
    sent += error.attempts;
    // Only Stytch's own response makes other calls wait.
    if (status === 429 && error instanceof RateLimitedError && error.retryable) {
      account.pause(endpoint, error);
    }
    const wait = waitAfter(error, number, clock);
    const mayRetry =
      error.retryable &&
      wasSent &&
      number < attempts &&
      wait < deadline - clock.now() &&
      account.budget.tryRetry();
    if (!mayRetry) throw error.after(sent);
    await clock.sleep(wait, signal);
  }

  /** Waits for the end of a pause that the response to any call started. */
  async function pause(sent: number): Promise<void> {
    for (let paused = account.paused(endpoint); paused; paused = account.paused(endpoint)) {
      const wait = paused.left + spread(clock);
      if (wait >= deadline - clock.now()) throw paused.error.after(sent);
      await clock.sleep(wait, signal);
    }
  }

  /** Runs an attempt until its deadline, which results from `limit`. */
  async function within(ms: number, limit: number): Promise<{ value: T } | Failed> {
    signal?.throwIfAborted();
    const ending = new AbortController();
    const abort = () => ending.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    const timer = setTimeout(() => ending.abort(new Late()), ms);
    try {
      return await attempt(ending.signal);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      const late = new UnreachableError(`no result within ${limit / 1000} s`, true, null);
      late.attempts = 1;
      return { error: late, status: undefined };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

/**
 * The length of Stytch's rate limit window for searches. It documents fixed windows that are
 * aligned to the clock, and 150 searches a minute; that windows start at the full minute is
 * inferred from the two.
 *
 * Source: https://stytch.com/docs/resources/platform/rate-limits
 */
const SEARCH_WINDOW = 60_000;

/** Adds the time to the next window to the error of a search, unless Stytch's response has one. */
function withSearchWindow(error: StytchUsersError, endpoint: Endpoint, clock: Clock): StytchUsersError {
  const { api } = error;
  const isWithoutTime = api?.status === 429 && api.retry_after_ms === null;
  if (!isWithoutTime || endpoint !== "search" || api.error_type !== "too_many_requests") return error;
  const timed = rateLimited({ ...api, retry_after_ms: SEARCH_WINDOW - (clock.date() % SEARCH_WINDOW) });
  timed.attempts = error.attempts;
  return timed;
}

/** The time of an attempt is over. */
class Late extends Error {}
