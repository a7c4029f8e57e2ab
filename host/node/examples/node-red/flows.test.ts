// The flow, in a running Node-RED.

import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import RED from "node-red";
import { type Emulator, emulator, invoke } from "../../test/support/host.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let stytch: Emulator;
let url: string;
let requests: (request: never, response: never) => void = () => {};
const server = createServer((request, response) => requests(request as never, response as never));

before(async () => {
  stytch = await emulator("--users", "1200");
  process.env.STYTCH_BASE_URL = stytch.baseUrl;
  process.env.STYTCH_PROJECT_ID = stytch.projectId;
  process.env.STYTCH_SECRET = stytch.secret;

  // A user's folder, in which the package is installed.
  const folder = mkdtempSync(join(tmpdir(), "node-red-"));
  cpSync(here("flows.json"), join(folder, "flows.json"));
  cpSync(here("package.json"), join(folder, "package.json"));
  symlinkSync(here("node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "settings.cjs"), "module.exports = {};");

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  RED.init(server, {
    userDir: folder,
    flowFile: "flows.json",
    httpAdminRoot: false,
    logging: { console: { level: "warn" } },
    externalModules: { autoInstall: false },
  });
  const started = new Promise((resolve) => RED.events.once("flows:started", resolve));
  await RED.start();
  await started;
  requests = RED.httpNode;
});

after(async () => {
  await RED.stop();
  server.close();
  server.closeAllConnections();
  await stytch[Symbol.asyncDispose]();
});

const get = async (path: string) => {
  const response = await fetch(url + path);
  return { status: response.status, body: await response.json() };
};

test("a user", async () => {
  const { status, body } = await get("/users/ada.lovelace");
  assert.equal(status, 200);
  const expected = await invoke(stytch, "retrieve-user", { user_id: "ada.lovelace" });
  assert.deepEqual({ ...body, request_id: null }, { ...(expected as object), request_id: null });
});

test("all users with a status, over two pages", async () => {
  const { status, body } = await get("/users?status=active");
  assert.equal(status, 200);
  assert.equal(body.receipt.pages, 2);
  assert.ok(body.receipt.complete && body.users.length === body.receipt.totalAtEnd);
});

test("failures have the contract's code", async () => {
  assert.equal((await get("/users/nobody")).status, 404);
  const { status, body } = await get("/users?status=deleted");
  assert.deepEqual([status, body.error.code], [502, "rejected"]);
});
