// What a caller sees.

import { attempt } from "./call.ts";
import { check, type Operation, type RetrievedUser, retrieveUser, type SearchPage, searchUsers } from "./component/operation.ts";
import type { CredentialReport } from "./contract.ts";
import { Credential } from "./credential.ts";
import { MisconfiguredError } from "./errors.ts";
import { type SearchRequest, searchRequest, userId } from "./request.ts";
import { type Account, accountOf } from "./retry/account.ts";
import { CLOCK } from "./retry/clock.ts";
import { type Limits, retry } from "./retry/retry.ts";
import { Search, type SearchAllOptions } from "./search.ts";

/** What a client is made of. */
export interface StytchUsersOptions {
  /** The project ID, such as `project-test-…`. */
  projectId: string;
  /** The project's secret. */
  secret: string;
  /**
   * Another origin than Stytch's own: a custom domain, or the emulator. Plain `http` is
   * accepted for `localhost` and for private addresses only.
   */
  baseUrl?: string | undefined;
  /**
   * Keeps the secret out of the component, which then only asks for requests; this package
   * adds the credential, and withholds responses that repeat it. Costs a search of each
   * response.
   */
  sealed?: boolean | undefined;
  /** How often a call is repeated after failures that may pass: 2 by default, 0 for never. */
  retries?: number | undefined;
  /** The time for a call, retries and waits included, in milliseconds: 60,000 by default. */
  timeoutMs?: number | undefined;
  /** The time for one attempt, in milliseconds: 30,000 by default. */
  attemptTimeoutMs?: number | undefined;
}

/** What a single call may have. */
export interface CallOptions {
  /** Cancels the call, its request included; the call then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** An earlier end than the client's `timeoutMs`. */
  timeoutMs?: number | undefined;
}

/** The longest time that a timer of JavaScript takes: 24 days. */
const LONGEST = 2 ** 31 - 1;

/**
 * Looks up and searches the users of one Stytch project.
 *
 * A client is cheap, and any number of calls may run at a time. Each call has an instance of
 * the component of its own, and may reach one origin. Clients with the same credential share
 * connections, pauses after a 429, and a budget of retries.
 *
 * ```js
 * const stytch = new StytchUsers({ projectId, secret });
 * const user = await stytch.retrieveUser("user-test-…");
 * ```
 */
export class StytchUsers {
  readonly #credential: Credential;
  readonly #limits: Limits;
  readonly #account: Account;

  constructor(options: StytchUsersOptions) {
    const { projectId, secret, baseUrl, sealed = false, retries = 2, timeoutMs, attemptTimeoutMs } = options;
    if (typeof WebAssembly !== "object" || !("promising" in WebAssembly)) {
      throw new MisconfiguredError("this JavaScript engine", "cannot suspend WebAssembly (JSPI); use Node 24 or later");
    }
    this.#credential = new Credential(projectId, secret, baseUrl, sealed);
    if (!Number.isInteger(retries) || retries < 0) {
      throw new MisconfiguredError("retries", "is not a whole number, 0 or more");
    }
    this.#limits = {
      timeout: milliseconds("timeoutMs", timeoutMs, 60_000),
      attempt: milliseconds("attemptTimeoutMs", attemptTimeoutMs, 30_000),
      attempts: retries + 1,
    };
    this.#account = this.#credential.expose((secret) => accountOf(projectId, secret, this.#credential.origin, CLOCK));
  }

  /** The project ID. */
  get projectId(): string {
    return this.#credential.projectId;
  }

  /** Which of Stytch's environments the project ID belongs to. */
  get environment(): "live" | "test" {
    return this.#credential.environment;
  }

  /** The one origin that calls may reach. */
  get baseUrl(): string {
    return this.#credential.origin.text;
  }

  /**
   * Retrieves one user, by Stytch's user ID or by an external ID.
   *
   * Fails with `NotFoundError` if Stytch has no such user.
   */
  async retrieveUser(id: string, options?: CallOptions): Promise<RetrievedUser> {
    return this.#call(retrieveUser(userId(id)), options);
  }

  /** Searches users, and returns one page. */
  async searchUsers(request: SearchRequest = {}, options?: CallOptions): Promise<SearchPage> {
    return this.#call(searchUsers(searchRequest(request)), options);
  }

  /**
   * Searches users, and reads all pages, one after the other. `limit` is the size of a page;
   * 1000 needs the fewest requests.
   *
   * ```js
   * const active = stytch.searchAll({ limit: 1000 });
   * for await (const user of active) console.log(user.user_id);
   * if (!active.receipt.complete) throw new Error("some users were not read");
   * ```
   */
  searchAll(request: SearchRequest = {}, options: SearchAllOptions = {}): Search {
    const call = (request: SearchRequest, options: CallOptions) => this.#call(searchUsers(request), options);
    return new Search(call, searchRequest(request), options);
  }

  /** Asks Stytch whether it accepts the credential, with one cheap request. */
  async check(options?: CallOptions): Promise<CredentialReport> {
    return this.#call(check, options);
  }

  /** What may be known of it: not the secret. */
  toJSON(): { projectId: string; environment: string; baseUrl: string } {
    return { projectId: this.projectId, environment: this.environment, baseUrl: this.baseUrl };
  }

  async #call<T>(operation: Operation<T>, { signal, timeoutMs }: CallOptions = {}): Promise<T> {
    const credential = this.#credential;
    const limits = this.#limits;
    const timeout = Math.min(limits.timeout, milliseconds("timeoutMs", timeoutMs, LONGEST));
    return retry(
      { ...limits, timeout },
      this.#account,
      operation.endpoint,
      CLOCK,
      signal,
      (signal) => attempt(operation, credential, signal),
    );
  }
}

function milliseconds(key: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === "number" && value > 0 && value <= LONGEST) return value;
  throw new MisconfiguredError(key, `is not a number of milliseconds from 1 to ${LONGEST}`);
}
