// Reads all pages of a search, one after the other.

import type { CallOptions } from "./client.ts";
import type { SearchPage } from "./component/operation.ts";
import type { User } from "./contract.ts";
import { InvalidInputError, MalformedResponseError } from "./errors.ts";
import type { SearchRequest } from "./request.ts";

/** What a search for all users may have. */
export interface SearchAllOptions extends CallOptions {
  /** Ends the search after this many users. */
  maxUsers?: number | undefined;
}

/** What a search has read, and whether it is complete. */
export interface Receipt {
  /** The number of pages, including empty ones. */
  pages: number;
  /** The number of users, including duplicates. */
  users: number;
  /** The number of distinct user IDs. */
  uniqueUsers: number;
  /** How many users match the query, by the first page; `null` if that did not say. */
  totalAtStart: number | null;
  /** How many users match the query, by the last page that said so. */
  totalAtEnd: number | null;
  /**
   * Why it stopped: `end` after the last page; `max_users`; `circle` when Stytch repeated a
   * cursor; `early` when a page failed, or nobody read on.
   */
  stopped: "end" | "max_users" | "circle" | "early";
  /**
   * Whether it ran from the first page to the last, and read at least as many distinct users
   * as `totalAtEnd`, if that is known.
   */
  complete: boolean;
  /** Where to go on; `null` at the end, and if the first page failed. */
  nextCursor: string | null;
}

/** Stytch's page size if a request has none, and its maximum. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

type Call = (request: SearchRequest, options: CallOptions) => Promise<SearchPage>;

/**
 * The users of a search, over all of its pages; to be iterated once. The next page is
 * requested while the users of one are read. If a page fails, so does the iteration, and
 * `receipt.nextCursor` is where another search can go on.
 *
 * Memory: a page or two, and the user IDs that were seen, some 100 bytes each.
 */
export class Search implements AsyncIterable<User, void, void> {
  readonly #call: Call;
  readonly #request: SearchRequest;
  readonly #options: CallOptions;
  readonly #maxUsers: number;
  readonly #userIds = new Set<string>();
  readonly #cursors = new Set<string>();
  #pages: AsyncGenerator<User[], void, void> | undefined;
  #receipt: Omit<Receipt, "uniqueUsers" | "complete"> = {
    pages: 0,
    users: 0,
    totalAtStart: null,
    totalAtEnd: null,
    stopped: "early",
    nextCursor: null,
  };

  /** @internal */
  constructor(call: Call, request: SearchRequest, { maxUsers = Infinity, ...options }: SearchAllOptions) {
    if (maxUsers !== Infinity && !(Number.isInteger(maxUsers) && maxUsers >= 0)) {
      throw new InvalidInputError("maxUsers", "is not a whole number, 0 or more");
    }
    this.#call = call;
    this.#request = request;
    this.#options = options;
    this.#maxUsers = maxUsers;
    if (request.cursor) {
      this.#cursors.add(request.cursor);
      this.#receipt.nextCursor = request.cursor;
    }
  }

  /** What was read so far. */
  get receipt(): Receipt {
    const { stopped, totalAtEnd } = this.#receipt;
    const uniqueUsers = this.#userIds.size;
    const isWhole = !this.#request.cursor && stopped === "end";
    return { ...this.#receipt, uniqueUsers, complete: isWhole && uniqueUsers >= (totalAtEnd ?? 0) };
  }

  /** Iterates over the pages rather than over the users. */
  async *pages(): AsyncGenerator<User[], void, void> {
    if (this.#pages) throw new TypeError("a search can be iterated once; call searchAll again");
    this.#pages = this.#read();
    yield* this.#pages;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<User, void, void> {
    for await (const users of this.pages()) yield* users;
  }

  async *#read(): AsyncGenerator<User[], void, void> {
    const receipt = this.#receipt;
    // Ends the request for a page that nobody reads.
    const stop = new AbortController();
    const { signal } = this.#options;
    const options = { ...this.#options, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal };
    const request = (cursor: string | null) => {
      const promise = this.#call({ ...this.#request, cursor, ...this.#limit() }, options);
      // It is awaited when the users before have been read.
      promise.catch(() => {});
      return promise;
    };
    try {
      let next = this.#maxUsers > 0 ? request(this.#request.cursor ?? null) : undefined;
      if (!next) receipt.stopped = "max_users";
      while (next) {
        const page = await next;
        const users = this.#advance(page);
        next = receipt.stopped === "early" ? request(receipt.nextCursor) : undefined;
        yield users;
        if (receipt.stopped === "circle") throw circle(receipt.pages);
      }
    } finally {
      stop.abort();
    }
  }

  /** The limit of the next page: no more than are left. */
  #limit(): { limit?: number } {
    const limit = this.#request.limit ?? DEFAULT_LIMIT;
    const left = this.#maxUsers - this.#receipt.users;
    // An invalid limit is left as it is, so that the component refuses it.
    return limit <= MAX_LIMIT && left < limit ? { limit: left } : {};
  }

  /** Counts a page, and returns its users. */
  #advance({ results, results_metadata: { total, next_cursor } }: SearchPage): User[] {
    const receipt = this.#receipt;
    const left = this.#maxUsers - receipt.users;
    // The page is larger than its limit: no cursor leads to the users beyond it.
    const isCut = results.length > left;
    const users = isCut ? results.slice(0, left) : results;
    receipt.pages += 1;
    receipt.users += users.length;
    for (const { user_id } of users) this.#userIds.add(user_id);
    if (receipt.pages === 1) receipt.totalAtStart = total;
    receipt.totalAtEnd = total ?? receipt.totalAtEnd;
    receipt.nextCursor = isCut ? null : next_cursor;
    receipt.stopped = this.#stopped(isCut, next_cursor);
    if (next_cursor !== null) this.#cursors.add(next_cursor);
    return users;
  }

  #stopped(isCut: boolean, cursor: string | null): Receipt["stopped"] {
    if (isCut) return "max_users";
    if (cursor === null) return "end";
    if (this.#cursors.has(cursor)) return "circle";
    return this.#receipt.users >= this.#maxUsers ? "max_users" : "early";
  }
}

function circle(pages: number): MalformedResponseError {
  const text = `the search goes in a circle: after ${pages} pages Stytch repeated a cursor; some users may be duplicates, and others may be missing`;
  return new MalformedResponseError(text, false);
}
