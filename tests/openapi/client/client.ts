// Makes every call of the service with a client that was generated from its document, and
// prints the names of the steps that passed. The compiler checks the types first.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type User = components["schemas"]["User"];
type SearchEnd = components["schemas"]["SearchEnd"];

declare const process: { env: Record<string, string | undefined> };

const passed: string[] = [];
function check(step: string, condition: unknown): asserts condition {
  if (!condition) throw new Error(`${step} failed`);
  if (!passed.includes(step)) passed.push(step);
}

const client = createClient<paths>({
  baseUrl: process.env["STYTCH_HOST_URL"] ?? "",
  headers: { Authorization: `Bearer ${process.env["STYTCH_HOST_TOKEN"]}` },
});
const name = "emulator";

const list = await client.GET("/v1/credentials");
check("list", list.data?.credentials[0]?.name === name);

const report = await client.POST("/v1/credentials/{name}/check", { params: { path: { name } } });
check("check", report.data?.environment === "test");

const user = await client.GET("/v1/credentials/{name}/users/{user_id}", {
  params: { path: { name, user_id: "ada.lovelace" }, header: { "Request-Timeout": 10 } },
});
check("retrieve", user.data?.status === "active" && user.data.emails?.[0]?.verified === true);

const nobody = await client.GET("/v1/credentials/{name}/users/{user_id}", {
  params: { path: { name, user_id: "nobody" } },
});
check("not found", nobody.response.status === 404 && nobody.error?.code === "not_found");
check("not found", nobody.error.retryable === false && nobody.error.attempts === 1);

const page = await client.POST("/v1/credentials/{name}/users/search", {
  params: { path: { name } },
  body: {
    limit: 2,
    query: { operator: "AND", operands: [{ filter_name: "status", filter_value: "pending" }] },
  },
});
check("search", page.data?.results.length === 2 && page.data.results_metadata.next_cursor);

const lines = async (stream: string | undefined): Promise<unknown[]> =>
  (stream ?? "").trimEnd().split("\n").map((line) => JSON.parse(line));

const all = await client.POST("/v1/credentials/{name}/users/search/all", {
  params: { path: { name }, query: { max_users: 5 } },
  body: { limit: 2 },
  parseAs: "text",
});
const found = await lines(all.data);
const end = found.pop() as SearchEnd;
check("search all", found.length === 5 && end.receipt.stopped === "max_users");
check("search all", (found[0] as User).user_id.startsWith("user-test-"));

const many = await client.POST("/v1/credentials/{name}/users/retrieve", {
  params: { path: { name } },
  body: '{"user_id":"ada.lovelace"}\n{"user_id":"nobody"}\n',
  bodySerializer: (body) => body,
  headers: { "Content-Type": "application/x-ndjson" },
  parseAs: "text",
});
const [first, second] = await lines(many.data);
check("retrieve many", (first as User).external_id === "ada.lovelace");
const failure = second as components["schemas"]["UserFailure"];
check("retrieve many", failure.error.code === "not_found");

const ready = await client.GET("/readyz", { parseAs: "text" });
check("readiness", ready.data?.startsWith("ok"));

console.log(JSON.stringify({ passed }));
