// What this package returns is what `stytch-host` prints for the same call, each with a
// Stytch of its own that begins the same, request IDs and cursors included.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type SearchRequest, type StytchUsers, StytchUsersError } from "@stytch-host/users";
import { client, type Credential, emulator, invoke } from "./support/host.ts";
import { http, json, serve } from "./support/server.ts";

/** An operation's name, its input, and the same call here. */
type Case = [operation: string, input: object, call: (stytch: StytchUsers) => Promise<unknown>];

const retrieve = (user_id: string): Case => ["retrieve-user", { user_id }, (stytch) => stytch.retrieveUser(user_id)];
const search = (request: object): Case => [
  "search-users",
  request,
  (stytch) => stytch.searchUsers(request as SearchRequest),
];
const check: Case = ["check", {}, (stytch) => stytch.check()];

const query = (operator: string, ...operands: [name: string, value: unknown][]) => ({
  query: { operator, operands: operands.map(([filter_name, filter_value]) => ({ filter_name, filter_value })) },
});

/** The result, or the error as the program prints it. */
async function outcome(credential: Credential, [, , call]: Case): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify(await call(client(credential, { retries: 0 }))));
  } catch (error) {
    assert.ok(error instanceof StytchUsersError, `${error}`);
    return { error: error.toJSON() };
  }
}

/** Without what only the program says, and with no other port than here. */
function comparable(outcome: unknown, { baseUrl }: Credential): unknown {
  const { error, ...others } = JSON.parse(JSON.stringify(outcome).replaceAll(baseUrl, "BASE"));
  if (!error) return others;
  const { hint: _, ...report } = error;
  // What follows is by the parser of either.
  report.message = report.message.replace(/(does not speak valid HTTP): .*/, "$1");
  return { error: report };
}

async function same(chaos: string, ...cases: Case[]): Promise<unknown[]> {
  const args = chaos ? ["--chaos", chaos] : [];
  await using mine = await emulator(...args);
  await using other = await emulator(...args);
  const found: unknown[] = [];
  for (const made of cases) {
    const [operation, input] = made;
    const expected = comparable(await invoke(other, operation, input), other);
    const actual = comparable(await outcome(mine, made), mine);
    assert.deepEqual(actual, expected, `${operation} ${JSON.stringify(input)} ${chaos}`);
    found.push(actual);
  }
  return found;
}

test("answers", async () => {
  const [user, cast] = (await same(
    "",
    retrieve("ada.lovelace"),
    // The emulator's cast: every attribute of a user, and every one absent.
    search({ limit: 30 }),
    search(query("OR", ["full_name_fuzzy", "Ada"], ["oauth_provider", ["GitHub"]])),
    search({ ...query("AND"), limit: 2, cursor: "" }),
    check,
  )) as [{ user_id: string }, { results: unknown[] }];
  assert.match(user.user_id, /^user-test-/);
  assert.equal(cast.results.length, 30);
});

test("every filter", async () => {
  const text = ["status", "active"];
  const found = await same(
    "",
    search(query("AND", ["created_at_greater_than", "2020-01-01T00:00:00Z"])),
    search(query("AND", ["created_at_less_than", "2030-01-01T00:00:00+01:00"])),
    search(
      query("AND", [
        "created_at_between",
        { greater_than: "2020-01-01T00:00:00Z", less_than: "2030-01-01T00:00:00Z" },
      ]),
    ),
    ...[
      text,
      ["user_id", ["ada.lovelace"]],
      ["full_name_fuzzy", "Löv"],
      ["phone_number", ["+12025550162", "+12025550104"]],
      ["phone_number_fuzzy", "5550104"],
      ["phone_id", ["phone-number-test-1"]],
      ["phone_verified", true],
      ["email_address", ["ada@example.com"]],
      ["email_address_fuzzy", "ada"],
      ["email_id", ["email-test-1"]],
      ["email_verified", false],
      ["oauth_provider", ["Google"]],
      ["webauthn_registration_id", ["webauthn-registration-test-1"]],
      ["webauthn_registration_verified", true],
      ["crypto_wallet_id", ["crypto-wallet-test-1"]],
      ["crypto_wallet_address", ["0x1"]],
      ["crypto_wallet_verified", false],
      ["totp_id", ["totp-test-1"]],
      ["totp_verified", true],
      ["password_exists", true],
      ["newer_than_this", { any: [1, "ü", null] }],
    ].map(([name, value]) => search(query("AND", [String(name), value]))),
  );
  assert.ok(found.some((page) => (page as { results?: unknown[] }).results?.length));
});

test("pages", async () => {
  await using mine = await emulator();
  await using other = await emulator();
  const request = { limit: 3, ...query("AND", ["status", "active"], ["email_verified", true]) };
  let cursor: string | null = null;
  const seen = new Set<string>();
  for (let page = 0; page < 3; page++) {
    const made = search({ ...request, cursor });
    const actual = (await outcome(mine, made)) as Awaited<ReturnType<StytchUsers["searchUsers"]>>;
    assert.deepEqual(actual, await invoke(other, made[0], made[1]));
    for (const { user_id } of actual.results) seen.add(user_id);
    cursor = actual.results_metadata.next_cursor;
  }
  assert.equal(seen.size, 9);
});

test("errors", async () => {
  const codes = async (chaos: string, made: Case) => {
    const [found] = (await same(chaos, made)) as [{ error: { code: string } }];
    return found.error.code;
  };
  for (const [code, chaos, made] of [
    ["invalid_input", "", retrieve("../sessions")],
    ["invalid_input", "", search({ limit: 1001 })],
    ["unauthorized", "401", search({})],
    ["not_found", "", retrieve("nobody")],
    ["rejected", "", search(query("AND", ["status", "deleted"]))],
    ["rate_limited", "429,retry-after=2s", search({})],
    ["rate_limited", "429,retry-after=2s", retrieve("nobody")],
    ["unavailable", "503", retrieve("nobody")],
    // A gateway's HTML page.
    ["unavailable", "502", check],
    ["unreachable", "reset@headers", check],
    ["unreachable", "reset@body", search({})],
    ["unreachable", "truncate", retrieve("ada.lovelace")],
  ] satisfies [string, string, Case][]) {
    assert.equal(await codes(chaos, made), code);
  }
});

test("credentials", async () => {
  await using stytch = await emulator();
  const with_ = (changed: Partial<Credential>) => ({ ...stytch, ...changed });
  for (const [code, credential] of [
    ["misconfigured", with_({ secret: "secret-live-1" })],
    ["misconfigured", with_({ secret: "" })],
    ["misconfigured", with_({ projectId: "project-live-1" })],
    ["misconfigured", with_({ projectId: "project-test-1\n" })],
    ["unauthorized", with_({ secret: "secret-test-1" })],
  ] satisfies [string, Credential][]) {
    const { error } = (await outcome(credential, check)) as { error: Record<string, unknown> };
    assert.equal(error.code, code);
    if (code === "unauthorized") {
      const expected = ((await invoke(credential, "check", {})) as { error: Record<string, unknown> }).error;
      // Both asked the same server, so these are two requests.
      assert.match(String(error.request_id), /^request-id-test-/);
      const { hint: _, ...others }: Record<string, unknown> = { ...expected, request_id: error.request_id };
      assert.deepEqual(error, others);
    }
  }
});

test("responses that Stytch does not send", async () => {
  const user = { user_id: "user-test-1", request_id: "r" };
  for (const answer of [
    json("200 OK", { results: 7 }),
    http("302 Found", ["location: https://example.com/"], ""),
    http("200 OK", ["content-encoding: gzip"], "\u001f\u008b"),
    Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    http("204 No Content", [], ""),
    http("403 Forbidden", ["content-type: text/html"], "<h1>no</h1>"),
    http("404 Not Found", [], "<h1>no</h1>"),
    http("429 Too Many Requests", ["retry-after: 7"], "<h1>slow</h1>"),
    http("408 Request Timeout", [], ""),
    json("429 Too Many Requests", { status_code: 429, error_type: "user_lock_limit_reached", error_message: "m" }),
    json("500 Internal Server Error", {}, ["retry-after: 0"]),
    json("501 Not Implemented", {}),
    Buffer.from("nonsense\r\n\r\n"),
    json("200 OK", {
      ...user,
      new: { "a-b": [1.5, "\ud83d"] },
      name: { first_name: "A", nick: null },
      emails: [{ verified: false, bounced: true }, {}],
      roles: [],
      trusted_metadata: { big: 1e300, deep: [[[[[]]]]], text: "\u0000\u202e" },
      untrusted_metadata: JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":"t","":0}'),
    }),
    http("200 OK", [], JSON.stringify({ ...user, __proto_: 1 }).replace("__proto_", "__proto__")),
  ]) {
    await using server = await serve((socket) => socket.end(answer));
    const credential = { baseUrl: server.baseUrl, projectId: "project-test-1", secret: "secret-test-1" };
    const made = retrieve("user-test-1");
    const expected = comparable(await invoke(credential, made[0], made[1]), credential);
    const actual = comparable(await outcome(credential, made), credential);
    assert.deepEqual(actual, expected, answer.toString());
  }
});
