// The operations of the contract: how their arguments get into the memory of an instance,
// and how their results become Stytch's JSON.

import {
  type CredentialReport,
  type CustomFilter,
  FILTER_LAYOUT,
  FILTERS,
  readCheckResult,
  readRetrieveUserResult,
  readSearchUsersResult,
  type Result,
  type RetrievedUserRecord,
  type SearchPageRecord,
  type User,
} from "../contract.ts";
import type { SearchRequest } from "../request.ts";
import type { Memory } from "./memory.ts";

/** What Stytch rate-limits separately. */
export type Endpoint = "get" | "search";

/** A user, and Stytch's ID of the request, in one object, as in Stytch's response. */
export type RetrievedUser = User & {
  /** Stytch's ID of this request, for its support; `null` when Stytch sent none. */
  request_id: string | null;
};

/** One page of results, as in Stytch's response. */
export interface SearchPage {
  /** Stytch's ID of this request, for its support; `null` when Stytch sent none. */
  request_id: string | null;
  /** The users of this page. A page may be empty and still have a `next_cursor`. */
  results: User[];
  results_metadata: {
    /** How many users the whole query finds; `null` when Stytch does not say. */
    total: number | null;
    /** The cursor of the next page; `null` on the last one. */
    next_cursor: string | null;
  };
}

/** A call of one exported function. */
export interface Operation<T> {
  /** The export's name in the core module. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** Writes the arguments to memory, and returns what is passed. */
  lower(memory: Memory): number[];
  lift(memory: Memory, at: number): Result<T>;
}

export const retrieveUser = (userId: string): Operation<RetrievedUser> => ({
  name: "stytch:users/users@0.1.0#retrieve-user",
  endpoint: "get",
  lower: (memory) => text(memory, userId),
  lift: (memory, at) => map(readRetrieveUserResult(memory, at), retrieved),
});

export const searchUsers = (request: SearchRequest): Operation<SearchPage> => ({
  name: "stytch:users/users@0.1.0#search-users",
  endpoint: "search",
  lower: (memory) => lowerSearch(memory, request),
  lift: (memory, at) => map(readSearchUsersResult(memory, at), page),
});

export const check: Operation<CredentialReport> = {
  name: "stytch:users/credential@0.1.0#check",
  // It searches for one user.
  endpoint: "search",
  lower: () => [],
  lift: readCheckResult,
};

function map<T, U>(result: Result<T>, convert: (value: T) => U): Result<U> {
  return result.ok ? { ok: true, value: convert(result.value) } : result;
}

const retrieved = ({ request_id, user }: RetrievedUserRecord): RetrievedUser => ({ request_id, ...user });

function page(record: SearchPageRecord): SearchPage {
  const { request_id, users, total, next_cursor, results_metadata_extra, extra } = record;
  return {
    request_id,
    results: users,
    results_metadata: { total, next_cursor, ...(results_metadata_extra as object | null) },
    ...(extra as object | null),
  };
}

/** A pointer and a length. */
function text(memory: Memory, value: string): number[] {
  const at = memory.allocate(4, 8);
  memory.writeText(at, value);
  return [memory.u32(at), memory.u32(at + 4)];
}

const NONE_TEXT = [0, 0, 0];

/** The fields of a `search-request`, one after the other. */
function lowerSearch(memory: Memory, { query, limit, cursor }: SearchRequest): number[] {
  const operands = (query?.operands ?? []) as CustomFilter[];
  const list = operands.length > 0 ? memory.writeList(operands, FILTER_LAYOUT.size, 4, writeFilter) : 0;
  return [
    ...(query ? [1, query.operator === "AND" ? 0 : 1, list, operands.length] : [0, 0, 0, 0]),
    ...(limit == null ? [0, 0] : [1, limit]),
    ...(cursor == null ? NONE_TEXT : [1, ...text(memory, cursor)]),
  ];
}

/** The value has been checked: it is what its filter takes. */
function writeFilter(memory: Memory, at: number, filter: CustomFilter): void {
  const known = Object.hasOwn(FILTERS, filter.filter_name)
    ? FILTERS[filter.filter_name as keyof typeof FILTERS]
    : undefined;
  const value = filter.filter_value as never;
  memory.u8[at] = known?.index ?? FILTER_LAYOUT.other;
  switch (known?.value) {
    case "text":
      return memory.writeText(at + 4, value);
    case "boolean":
      memory.u8[at + 4] = value ? 1 : 0;
      return;
    case "list": {
      const values: string[] = value;
      const start = memory.writeList(values, 8, 4, (memory, at, text) => memory.writeText(at, text));
      return memory.writePair(at + 4, start, values.length);
    }
    case "range": {
      const { greater_than, less_than } = value;
      memory.writeText(at + 4, greater_than);
      return memory.writeText(at + 12, less_than);
    }
    case undefined:
      memory.writeText(at + 4, filter.filter_name);
      return memory.writeText(at + 12, JSON.stringify(filter.filter_value));
  }
}
