// Exponential backoff with full jitter, so that calls that failed at the same time do not
// retry at the same time.

import { type StytchUsersError, UnreachableError } from "../errors.ts";
import type { Clock } from "./clock.ts";

/** The longest wait before the first retry after a failure of the network: another connection may work at once. */
const AFTER_FAILURE = 50;

/** The longest wait before the first retry after a status that says that Stytch is overloaded. */
const AFTER_STATUS = 1_000;

/** The longest wait of the backoff. */
const LONGEST = 20_000;

/** The jitter for calls that all wait for the same point in time. */
const SPREAD = 1_000;

/** The wait before a retry: at least as long as Stytch says, plus jitter. */
export function waitAfter(error: StytchUsersError, failures: number, clock: Clock): number {
  if (error.retryAfterMs !== null) return error.retryAfterMs + spread(clock);
  const base = error instanceof UnreachableError ? AFTER_FAILURE : AFTER_STATUS;
  return clock.random() * Math.min(LONGEST, base * 2 ** (failures - 1));
}

/** The jitter for a point in time that other calls wait for, too. */
export const spread = (clock: Clock) => clock.random() * SPREAD;
