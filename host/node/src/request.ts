// The arguments of calls, checked before an instance is made of them: what TypeScript knows,
// JavaScript and JSON do not.

import { type Filter, FILTERS } from "./contract.ts";
import { InvalidInputError } from "./errors.ts";

/** Filters, and how they are joined. */
export interface Query {
  /** `AND`: a user must pass every filter; `OR`: one of them. */
  operator: "AND" | "OR";
  /** None of them finds every user. */
  operands?: readonly Filter[] | null;
}

/** What to search for, in Stytch's own JSON: the body of `POST /v1/users/search`. */
export interface SearchRequest {
  /** The filters; without a query every user is found. */
  query?: Query | null;
  /** The most users that a page may hold, 1 to 1000; Stytch's default is 100. */
  limit?: number | null;
  /** Where to go on: the `next_cursor` of the page before, with the same query. */
  cursor?: string | null;
}

const EXPECTED = {
  text: "a string",
  list: "a list of strings",
  boolean: "true or false",
  range: "an object with greater_than and less_than, both of them strings",
};

const isText = (value: unknown): value is string => typeof value === "string";

const IS_VALID: Record<keyof typeof EXPECTED, (value: unknown) => boolean> = {
  text: isText,
  list: (value) => Array.isArray(value) && value.every(isText),
  boolean: (value) => typeof value === "boolean",
  range: (value) => {
    if (!isObject(value)) return false;
    const { greater_than, less_than, ...others } = value;
    return isText(greater_than) && isText(less_than) && Object.keys(others).length === 0;
  },
};

/** Returns a user ID; the component checks its characters. */
export function userId(value: unknown): string {
  if (!isText(value)) throw new InvalidInputError("user_id", "is not a string");
  return value;
}

/** Returns a copy, which the caller cannot change during the call. */
export function searchRequest(value: unknown): SearchRequest {
  const { query, limit, cursor } = members("the search", value, ["query", "limit", "cursor"]);
  if (limit != null && !(Number.isInteger(limit) && Number(limit) >= 0 && Number(limit) < 2 ** 32)) {
    throw new InvalidInputError("limit", "is not a whole number from 1 to 1000");
  }
  if (cursor != null && !isText(cursor)) throw new InvalidInputError("cursor", "is not a string");
  return {
    query: query == null ? null : checkedQuery(query),
    limit: (limit ?? null) as number | null,
    cursor: cursor ?? null,
  };
}

function checkedQuery(value: unknown): Query {
  const { operator, operands } = members("query", value, ["operator", "operands"]);
  if (operator !== "AND" && operator !== "OR") {
    throw new InvalidInputError("query.operator", "is neither AND nor OR");
  }
  if (operands != null && !Array.isArray(operands)) {
    throw new InvalidInputError("query.operands", "is not a list of filters");
  }
  return { operator, operands: ((operands ?? []) as unknown[]).map(checkedFilter) };
}

function checkedFilter(value: unknown, index: number): Filter {
  const place = `query.operands[${index}]`;
  const { filter_name, filter_value } = members(place, value, ["filter_name", "filter_value"]);
  if (!isText(filter_name)) throw new InvalidInputError(`${place}.filter_name`, "is not a string");
  if (Object.hasOwn(FILTERS, filter_name)) {
    const { value } = FILTERS[filter_name as keyof typeof FILTERS];
    if (!IS_VALID[value](filter_value)) {
      throw new InvalidInputError(`${place}: the filter ${filter_name}`, `takes ${EXPECTED[value]}`);
    }
  }
  return { filter_name, filter_value: asJson(`${place}.filter_value`, filter_value) } as Filter;
}

/** Returns a copy of a value that JSON can have. */
function asJson(place: string, value: unknown): unknown {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return JSON.parse(text);
  } catch {
    // A circle, or a BigInt.
  }
  throw new InvalidInputError(place, "is not JSON");
}

/** The members of an object that may have these and no others. */
function members<K extends string>(place: string, value: unknown, names: readonly K[]): Partial<Record<K, unknown>> {
  if (!isObject(value)) throw new InvalidInputError(place, "is not an object");
  for (const name of Object.keys(value)) {
    if (!(names as readonly string[]).includes(name)) {
      throw new InvalidInputError(place, `has the unknown member ${JSON.stringify(name)}; it may have ${names.join(", ")}`);
    }
  }
  return value as Partial<Record<K, unknown>>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
