// What all calls with one credential share, whichever client they are made with: a budget
// of retries, and a pause for each endpoint after Stytch reported too many requests.

import { createHash, randomBytes } from "node:crypto";
import type { Endpoint } from "../component/operation.ts";
import type { ApiError } from "../contract.ts";
import { type RateLimitedError, rateLimited } from "../errors.ts";
import type { Origin } from "../network/origin.ts";
import { Budget } from "./budget.ts";
import type { Clock } from "./clock.ts";

/** Beyond it the account that no client was made with for longest is forgotten. */
const MAX_ACCOUNTS = 1_000;

/** The longest pause that a response can cause. Stytch has windows of up to an hour. */
const LONGEST_PAUSE = 3_600_000;

interface Pause {
  readonly until: number;
  readonly response: ApiError;
}

/** One credential's use of one API. */
export class Account {
  readonly #clock: Clock;
  readonly #pauses = new Map<Endpoint, Pause>();
  readonly budget: Budget;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.budget = new Budget(clock);
  }

  /** Pauses all calls to an endpoint, as long as the error says. */
  pause(endpoint: Endpoint, error: RateLimitedError): void {
    const { api, retryAfterMs } = error;
    if (!api || retryAfterMs === null) return;
    const until = this.#clock.now() + Math.min(retryAfterMs, LONGEST_PAUSE);
    if ((this.#pauses.get(endpoint)?.until ?? 0) >= until) return;
    // The request ID belongs to the call that got it.
    this.#pauses.set(endpoint, { until, response: { ...api, request_id: null } });
  }

  /** How long calls to an endpoint are still paused, and the error for those that cannot wait. */
  paused(endpoint: Endpoint): { left: number; error: RateLimitedError } | undefined {
    const pause = this.#pauses.get(endpoint);
    if (!pause) return undefined;
    const left = Math.ceil(pause.until - this.#clock.now());
    if (left <= 0) {
      this.#pauses.delete(endpoint);
      return undefined;
    }
    return { left, error: rateLimited({ ...pause.response, retry_after_ms: left }) };
  }
}

/** Known to this process only, so that digests of secrets cannot be compared with others. */
const salt = randomBytes(16);

const accounts = new Map<string, Account>();

/**
 * The account of a credential. The secret is a part of what it is found by, since anyone can
 * name another customer's project.
 */
export function accountOf(projectId: string, secret: string, origin: Origin, clock: Clock): Account {
  const parts = JSON.stringify([projectId, secret, origin.text]);
  const key = createHash("sha256").update(salt).update(parts).digest("base64");
  const account = accounts.get(key) ?? new Account(clock);
  // Last in the order, as the newest.
  accounts.delete(key);
  accounts.set(key, account);
  const [oldest] = accounts.keys();
  if (accounts.size > MAX_ACCOUNTS && oldest !== undefined) accounts.delete(oldest);
  return account;
}
