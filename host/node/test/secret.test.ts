// The secret is in nothing that anybody prints, and, sealed, not in the component.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { MisconfiguredError, type StytchUsersError, UnreachableError } from "@stytch-host/users";
import { SecretForms } from "../src/network/secret.ts";
import { client, emulator } from "./support/host.ts";
import { http, json, serve } from "./support/server.ts";

const PROJECT = "project-test-1";
const SECRET = "secret-test-a/b+c?>~1234567890==";

const escapes: Record<string, (text: string) => string> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64url in a longer text": (text) => Buffer.from(`xx${text}xx`).toString("base64url"),
  authorization: (text) => Buffer.from(`${PROJECT}:${text}`).toString("base64"),
  percent: (text) => encodeURIComponent(text),
  "all percent": (text) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(""),
  json: (text) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  source: (text) => [...text].map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join(""),
  html: (text) => [...text].map((c) => `&#${c.charCodeAt(0)};`).join(""),
  "html, named": (text) => text.replaceAll("/", "&sol;").replaceAll("+", "&plus;").replaceAll("=", "&equals;"),
  slashes: (text) => text.replaceAll("/", "\\/"),
  wrapped: (text) => text.replace(/.{10}/g, "$&\r\n "),
  twice: (text) => encodeURIComponent(encodeURIComponent(text)),
};

test("finds and hides the secret in each form", () => {
  const forms = new SecretForms(PROJECT, SECRET);
  for (const [name, escape] of Object.entries(escapes)) {
    const text = `before ${escape(SECRET)} after`;
    assert.ok(forms.isIn(text), name);
    assert.ok(!forms.isIn(forms.redact(text)), name);
  }
  assert.equal(forms.redact(`before ${SECRET} after`), "before <hidden>== after");
  assert.equal(forms.redact("nothing"), "nothing");
  // Too short to be one.
  assert.equal(new SecretForms("p", "ab").redact("abc"), "abc");
});

test("errors do not have the secret that a server sent back", async () => {
  for (const escape of Object.values(escapes)) {
    const text = escape(SECRET);
    const error = { status_code: 400, error_type: text, error_message: `bad ${text}`, request_id: text, error_url: text, error_details: { [text]: [text] } };
    await using server = await serve((socket) => socket.end(json("400 Bad Request", error)));
    const stytch = client({ baseUrl: server.baseUrl, projectId: PROJECT, secret: SECRET });
    await assert.rejects(stytch.check(), (error: StytchUsersError) => {
      const forms = new SecretForms(PROJECT, SECRET);
      for (const printed of [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), error.message, `${error.stack}`]) {
        assert.ok(!forms.isIn(printed), printed);
      }
      return true;
    });
  }
});

test("a client prints what may be known of it", () => {
  const stytch = client({ baseUrl: "http://127.0.0.1:1", projectId: PROJECT, secret: SECRET }, { sealed: true });
  assert.deepEqual(JSON.parse(JSON.stringify(stytch)), { projectId: PROJECT, environment: "test", baseUrl: "http://127.0.0.1:1" });
  for (const printed of [inspect(stytch, { depth: 9, showHidden: true }), String(stytch), JSON.stringify({ ...stytch })]) {
    assert.ok(!printed.includes("1234567890"), printed);
  }
  for (const secret of [undefined, 7, "", "secret-test-hush\n", "secret-live-hush", "höush"]) {
    assert.throws(
      () => client({ baseUrl: "http://127.0.0.1:1", projectId: PROJECT, secret: secret as string }, { sealed: true }),
      (error: Error) => error instanceof MisconfiguredError && !error.message.includes("hush"),
    );
  }
  const plain = { baseUrl: "http://10.0.0.1", projectId: PROJECT, secret: SECRET };
  assert.throws(() => client(plain, { sealed: true }), /unencrypted/);
});

test("a sealed call has the same result", async () => {
  await using mine = await emulator();
  await using other = await emulator();
  for (const call of [
    (stytch: ReturnType<typeof client>) => stytch.retrieveUser("ada.lovelace"),
    (stytch: ReturnType<typeof client>) => stytch.searchUsers({ limit: 30 }),
  ]) {
    assert.deepEqual(await call(client(mine, { sealed: true })), await call(client(other)));
  }
});

test("a response that repeats the secret is withheld from a sealed component", async () => {
  const user = (text: string) => ({ user_id: "u", name: { first_name: text } });
  const body = Buffer.from("\u001f\u008b");
  for (const [answer, isRefused] of [
    ...Object.values(escapes).map((escape) => [json("200 OK", user(escape(SECRET))), true] as const),
    [json("200 OK", user("x"), [`x-echo: ${SECRET}`]), true],
    [http("200 OK", ["content-encoding: gzip"], body), true],
    [json("200 OK", user("x"), ["content-encoding: identity"]), false],
  ] as const) {
    await using server = await serve((socket) => socket.end(answer));
    const stytch = client({ baseUrl: server.baseUrl, projectId: PROJECT, secret: SECRET }, { sealed: true });
    const call = stytch.retrieveUser("u");
    if (isRefused) await assert.rejects(call, (error: StytchUsersError) => !error.retryable);
    else await call;
    assert.match(server.requests[0] ?? "", /\r\nauthorization: Basic /i);
  }
  await using echo = await serve((socket) => socket.end(json("200 OK", user(SECRET))));
  const stytch = client({ baseUrl: echo.baseUrl, projectId: PROJECT, secret: SECRET }, { sealed: true });
  await assert.rejects(stytch.retrieveUser("u"), (error) => error instanceof UnreachableError && /withheld/.test(error.message));
});
