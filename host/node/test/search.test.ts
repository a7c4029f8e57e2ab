// Searches over all pages, and their receipts.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { InvalidInputError, MalformedResponseError, UnavailableError, type User } from "@stytch-host/users";
import { client, emulator } from "./support/host.ts";
import { json, serve } from "./support/server.ts";

const ACTIVE = { query: { operator: "AND", operands: [{ filter_name: "status", filter_value: "active" }] } } as const;

async function ids(users: AsyncIterable<User>): Promise<string[]> {
  return Array.fromAsync(users, ({ user_id }) => user_id);
}

test("all pages, once", async () => {
  await using stytch = await emulator("--users", "250");
  const search = client(stytch).searchAll({ limit: 100 });
  const found = await ids(search);
  const { totalAtEnd: total } = search.receipt;
  assert.ok(total !== null && total >= 250);
  assert.equal(new Set(found).size, total);
  assert.deepEqual(search.receipt, {
    pages: 3,
    users: total,
    uniqueUsers: total,
    totalAtStart: total,
    totalAtEnd: total,
    stopped: "end",
    complete: true,
    nextCursor: null,
  });
  await assert.rejects(ids(search), /can be iterated once/);

  // Where one ends, another goes on.
  const first = client(stytch).searchAll({ ...ACTIVE, limit: 10 }, { maxUsers: 25 });
  const [start, { stopped, nextCursor, complete }] = [await ids(first), first.receipt];
  assert.deepEqual([start.length, stopped, complete], [25, "max_users", false]);
  const rest = client(stytch).searchAll({ ...ACTIVE, limit: 1000, cursor: nextCursor });
  const both = [...start, ...(await ids(rest))];
  assert.deepEqual(both, await ids(client(stytch).searchAll({ ...ACTIVE, limit: 1000 })));
  assert.equal(rest.receipt.complete, false);

  const none = client(stytch).searchAll({}, { maxUsers: 0 });
  assert.deepEqual([await ids(none), none.receipt.stopped, none.receipt.pages], [[], "max_users", 0]);

  const pages = await Array.fromAsync(client(stytch).searchAll({ limit: 200 }).pages(), (users) => users.length);
  assert.deepEqual(pages, [200, total - 200]);
});

test("who stops reading sends nothing more", async () => {
  const page = (cursor: string) => json("200 OK", { results: [{ user_id: "u" }], results_metadata: { total: 9, next_cursor: cursor } });
  await using server = await serve((socket, request) => {
    // Only the first page is answered.
    if (!request.includes("cursor")) socket.end(page("c1"));
  });
  const search = client({ ...server, projectId: "project-test-1", secret: "secret-test-1" }).searchAll();
  for await (const { user_id } of search) {
    assert.equal(user_id, "u");
    break;
  }
  assert.deepEqual([search.receipt.stopped, search.receipt.nextCursor], ["early", "c1"]);
  // Its request was cancelled.
  for (const socket of server.sockets()) await once(socket, "close");
  assert.ok(server.requests.length <= 2);
});

test("a circle is an error", async () => {
  await using stytch = await emulator("--chaos", "cursor-loop");
  const search = client(stytch).searchAll({ limit: 10 });
  await assert.rejects(ids(search), MalformedResponseError);
  const { stopped, complete, users, uniqueUsers } = search.receipt;
  assert.ok(stopped === "circle" && !complete && users > uniqueUsers);
});

test("a page that fails ends the search where it can go on", async () => {
  await using stytch = await emulator("--chaos", "503@2");
  const stytchUsers = client(stytch, { retries: 0 });
  const search = stytchUsers.searchAll({ limit: 20 });
  await assert.rejects(ids(search), UnavailableError);
  const { pages, users, stopped, nextCursor } = search.receipt;
  assert.deepEqual([pages, users, stopped], [1, 20, "early"]);
  const [next] = await ids(stytchUsers.searchAll({ limit: 20, cursor: nextCursor }));
  const all = await ids(stytchUsers.searchAll({ limit: 1000 }));
  assert.equal(next, all[20]);
});

test("a page with more users than were asked for is cut", async () => {
  const results = Array.from({ length: 5 }, (_, number) => ({ user_id: `u${number}` }));
  const answer = json("200 OK", { results, results_metadata: { total: -1, next_cursor: "c" } });
  await using server = await serve((socket) => socket.end(answer));
  const search = client({ ...server, projectId: "project-test-1", secret: "secret-test-1" }).searchAll({}, { maxUsers: 3 });
  assert.deepEqual(await ids(search), ["u0", "u1", "u2"]);
  assert.deepEqual([search.receipt.nextCursor, search.receipt.totalAtEnd], [null, null]);
  assert.match(server.requests[0] ?? "", /"limit":3/);
});

test("arguments are checked before anything is sent", async () => {
  const stytch = client({ baseUrl: "http://127.0.0.1:1", projectId: "project-test-1", secret: "secret-test-1" });
  const query = (operand: unknown) => ({ query: { operator: "AND", operands: [operand] } });
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const [request, reason] of [
    [null, "the search is not an object"],
    [{ querry: {} }, 'the search has the unknown member "querry"; it may have query, limit, cursor'],
    [{ limit: 1.5 }, "limit is not a whole number"],
    [{ limit: "1" }, "limit is not a whole number"],
    [{ cursor: 1 }, "cursor is not a string"],
    [{ query: { operator: "and" } }, "query.operator is neither AND nor OR"],
    [{ query: { operator: "AND", operands: {} } }, "query.operands is not a list"],
    [query(7), "query.operands[0] is not an object"],
    [query({ filter_name: "status", filter_value: ["active"] }), "query.operands[0]: the filter status takes a string"],
    [query({ filter_name: "user_id", filter_value: "a" }), "query.operands[0]: the filter user_id takes a list of strings"],
    [query({ filter_name: "email_verified", filter_value: 1 }), "query.operands[0]: the filter email_verified takes true or false"],
    [query({ filter_name: "created_at_between", filter_value: { greater_than: "a" } }), "takes an object with greater_than and less_than"],
    [query({ filter_name: "new", filter_value: circle }), "query.operands[0].filter_value is not JSON"],
    [query({ filter_name: "new" }), "query.operands[0].filter_value is not JSON"],
    [query({ filter_name: "toString", filter_value: undefined }), "is not JSON"],
    // By the component.
    [{ limit: 1001 }, "limit"],
    [query({ filter_name: "", filter_value: 1 }), "filter-name"],
  ] as const) {
    await assert.rejects(stytch.searchUsers(request as never), (error: Error) => {
      assert.ok(error instanceof InvalidInputError, `${error}`);
      assert.ok(error.message.includes(reason), error.message);
      return true;
    });
  }
  await assert.rejects(stytch.retrieveUser(7 as never), InvalidInputError);
  assert.throws(() => stytch.searchAll({}, { maxUsers: -1 }), InvalidInputError);
});
