// What TypeScript accepts, and what it refuses: for the compiler, not to be run.

import { type Filter, RateLimitedError, StytchUsers, type User } from "@stytch-host/users";

const stytch = new StytchUsers({ projectId: "p", secret: "s" });

const user: User = await stytch.retrieveUser("u", { signal: AbortSignal.timeout(1) });
export const email: string | null | undefined = user.emails?.[0]?.email;

const filters: Filter[] = [
  { filter_name: "status", filter_value: "active" },
  { filter_name: "email_address", filter_value: ["a@example.com"] },
  { filter_name: "newer", filter_value: { any: [1] } },
];
const page = await stytch.searchUsers({ query: { operator: "AND", operands: filters } });
export const total: number | null = page.results_metadata.total;

const search = stytch.searchAll({ limit: 10 }, { maxUsers: 5 });
for await (const { user_id } of search) user_id.at(0);
export const complete: boolean = search.receipt.complete;

try {
  const { environment } = await stytch.check();
  environment satisfies "test" | "live";
} catch (error) {
  if (error instanceof RateLimitedError) error.retryAfterMs?.toFixed();
}

// @ts-expect-error: there is no such member
user.emial;
// @ts-expect-error: it needs a secret
new StytchUsers({ projectId: "p" });
// @ts-expect-error: a text
stytch.searchUsers({ limit: "1" });
// @ts-expect-error: a number
stytch.retrieveUser(1);
// @ts-expect-error: lower case
stytch.searchUsers({ query: { operator: "and" } });
