// What a call may reach, and for how long.

import assert from "node:assert/strict";
import { once } from "node:events";
import dns from "node:dns";
import { isIPv6 } from "node:net";
import { performance } from "node:perf_hooks";
import { mock, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { MalformedResponseError, UnreachableError } from "@stytch-host/users";
import { isLoopbackOrPrivate, isPublic, mayDial } from "../src/network/address.ts";
import { exchange, LIMITS } from "../src/network/client.ts";
import { Failure } from "../src/network/failure.ts";
import { originOf } from "../src/network/origin.ts";
import { allowedHeaders, checkRequest, type Request } from "../src/network/policy.ts";
import { inSeconds } from "../src/network/retry-after.ts";
import { client } from "./support/host.ts";
import { http, json, serve } from "./support/server.ts";

const CREDENTIAL = { projectId: "project-test-1", secret: "secret-test-hush" };
const USER = { user_id: "user-test-1", request_id: "r" };

const basic = (baseUrl: string) => client({ ...CREDENTIAL, baseUrl }, { retries: 0 });

const isFailure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test("a redirect is not followed", async () => {
  await using elsewhere = await serve((socket) => socket.end(json("200 OK", USER)));
  for (const status of ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]) {
    const redirect = http(status, [`location: ${elsewhere.baseUrl}/v1/users/user-test-1`], "");
    await using server = await serve((socket) => socket.end(redirect));
    await assert.rejects(basic(server.baseUrl).retrieveUser("user-test-1"), MalformedResponseError);
    await assert.rejects(basic(server.baseUrl).searchUsers(), MalformedResponseError);
    assert.equal(server.requests.length, 2);
  }
  assert.equal(elsewhere.requests.length, 0);
});

test("a request has exactly these headers", async () => {
  await using server = await serve((socket) => socket.end(json("200 OK", USER)));
  await basic(server.baseUrl).retrieveUser("a|b");
  await assert.rejects(basic(server.baseUrl).searchUsers({ limit: 1 }));
  const host = server.baseUrl.slice("http://".length);
  const authorization = Buffer.from(`${CREDENTIAL.projectId}:${CREDENTIAL.secret}`).toString("base64");
  const common = [
    `host: ${host}`,
    "connection: keep-alive",
    "user-agent: stytch-users-component/VERSION",
    `authorization: Basic ${authorization}`,
  ];
  const lines = server.requests.map((request) => request.replace(/component\/[\d.]+/, "component/VERSION").split("\r\n"));
  assert.deepEqual(lines, [
    ["GET /v1/users/a%7Cb HTTP/1.1", ...common, "", ""],
    [
      "POST /v1/users/search HTTP/1.1",
      ...common,
      "content-type: application/json",
      "content-length: 11",
      "",
      '{"limit":1}',
    ],
  ]);
});

test("a response is not read beyond its limit", async () => {
  await using server = await serve((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n");
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(1 << 20, " ")));
    };
    socket.on("drain", more);
    more();
  });
  const call = basic(server.baseUrl).retrieveUser("a");
  await assert.rejects(call, (error: UnreachableError) => error.transportCause === "too_large");
});

test("headers are limited", async () => {
  const large = http("200 OK", [`x: ${"x".repeat(70_000)}`], "{}");
  await using server = await serve((socket) => socket.end(large));
  const call = basic(server.baseUrl).retrieveUser("a");
  await assert.rejects(call, (error: UnreachableError) => error.transportCause === "too_large");
});

test("interim responses are limited", async () => {
  await using server = await serve((socket) => {
    socket.end("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100) + json("200 OK", USER).toString());
  });
  const call = basic(server.baseUrl).retrieveUser("a");
  await assert.rejects(call, (error: UnreachableError) => error.transportCause === "protocol");
});

test("every wait ends", async () => {
  const outgoing = { method: "GET", path: "/", headers: [], body: Buffer.alloc(0) };
  const signal = new AbortController().signal;
  const limits = { ...LIMITS, response: 50, idle: 50 };
  const after = async (answer: string) => {
    await using server = await serve((socket) => socket.write(answer));
    return await exchange(originOf("", server.baseUrl), outgoing, signal, limits);
  };
  await assert.rejects(after(""), isFailure("HTTP-response-timeout"));
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n";
  for (const [answer, text] of [
    [head, "stalled"],
    [`${head}1234`, "too slow"],
  ] as const) {
    const { body, end } = await after(answer);
    assert.equal(end?.code, "connection-read-timeout");
    assert.match(end.message, new RegExp(text));
    assert.equal(head + body.toString(), answer);
  }
});

test("a connection that the server closed is replaced", async () => {
  const body = JSON.stringify(USER);
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  await using server = await serve((socket) => socket.write(answer));
  const stytch = basic(server.baseUrl);
  await stytch.retrieveUser("a");
  const sockets = server.sockets();
  assert.equal(sockets.length, 1);
  // While the next request is on its way.
  sockets[0]?.removeAllListeners("data");
  sockets[0]?.on("data", () => sockets[0]?.destroy());
  await stytch.retrieveUser("a");
});

test("what a server sends unasked is not the next response", async () => {
  const answer = (user_id: string) => {
    const body = JSON.stringify({ ...USER, user_id });
    return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  };
  // At once, and while the connection is kept.
  for (const delay of [0, 20]) {
    await using server = await serve(async (socket) => {
      if (delay === 0) return socket.write(answer("user-test-1") + answer("user-test-2"));
      socket.write(answer("user-test-1"));
      await wait(delay);
      socket.write(answer("user-test-2"));
    });
    const stytch = basic(server.baseUrl);
    for (let call = 0; call < 2; call++) {
      assert.equal((await stytch.retrieveUser("a")).user_id, "user-test-1");
      await wait(5 * delay);
    }
    assert.equal(server.requests.length, 2);
  }
});

test("a call can be cancelled", async () => {
  await using server = await serve(() => {});
  const controller = new AbortController();
  const call = basic(server.baseUrl).retrieveUser("a", { signal: controller.signal });
  while (server.requests.length === 0) await wait(1);
  const [socket] = server.sockets();
  assert.ok(socket);
  const closed = once(socket, "close");
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(call, reason);
  await closed;
  // Before it is sent, too, and while it waits for its turn.
  await assert.rejects(basic(server.baseUrl).check({ signal: controller.signal }), reason);
  const soon = new AbortController();
  const waiting = basic(server.baseUrl).check({ signal: soon.signal });
  soon.abort(reason);
  await assert.rejects(waiting, reason);
  const outgoing = { method: "GET", path: "/", headers: [], body: Buffer.alloc(0) };
  await assert.rejects(exchange(originOf("", server.baseUrl), outgoing, AbortSignal.abort(reason)), reason);
  assert.equal(server.requests.length, 1);
});

test("calls run at the same time, and the event loop is free", async () => {
  await using server = await serve(async (socket) => {
    await wait(200);
    socket.write(json("200 OK", USER));
  });
  const stytch = basic(server.baseUrl);
  await stytch.retrieveUser("a");
  const started = performance.now();
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  await Promise.all(Array.from({ length: 20 }, () => stytch.retrieveUser("a")));
  clearInterval(ticking);
  assert.ok(performance.now() - started < 1000);
  assert.ok(ticks > 10, `${ticks}`);
});

test("origins", () => {
  for (const [text, origin] of [
    [undefined, "https://test.stytch.com"],
    ["https://login.example.com/", "https://login.example.com"],
    ["HTTPS://Login.Example.com:8443", "https://login.example.com:8443"],
    ["http://127.0.0.1:4010", "http://127.0.0.1:4010"],
    ["http://10.1.2.3", "http://10.1.2.3"],
    ["http://localhost:80", "http://localhost"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ] as const) {
    assert.equal(originOf("project-test-1", text).text, origin);
  }
  assert.equal(originOf("project-live-1", undefined).text, "https://api.stytch.com");
  for (const [text, reason] of [
    ["hush", "does not begin"],
    ["ftp://hush", "does not begin"],
    ["https://", "not a URL"],
    ["https://hu sh", "not a URL"],
    ["https://hush/v1", "path"],
    ["https://hush?x", "path"],
    ["https://hush#x", "path"],
    ["https://hush@example.com", "user name"],
    ["https://hush:99999", "not a URL"],
    ["https://hush:0", "not a URL"],
    ["https://hüsh.example", "not a URL"],
    ["http://hush.example.com", "plain http"],
    ["http://8.8.8.8", "plain http"],
    ["http://127.1", "number"],
    ["http://0x7f000001", "number"],
    ["http://2130706433", "number"],
    ["https://169.254.169.254", "special-purpose"],
    ["http://0.0.0.0", "special-purpose"],
    ["http://[::ffff:169.254.169.254]", "special-purpose"],
    ["http://[fd00:ec2::254]", "special-purpose"],
  ] as const) {
    assert.throws(() => originOf("", text), (error: Error) => error.message.includes(reason) && !error.message.includes("hush"), text);
  }
});

test("addresses", () => {
  for (const address of ["8.8.8.8", "223.255.255.255", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]) {
    assert.ok(isPublic(address), address);
  }
  for (const address of [
    ...["0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
    ...["192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "255.255.255.255"],
    ...["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1"],
    ...["2001:db8::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fe80::1%eth0", "fec0::1", "ff02::1", "x"],
  ]) {
    assert.ok(!isPublic(address), address);
  }
  for (const address of ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd12::1"]) assert.ok(isLoopbackOrPrivate(address), address);
  for (const address of ["8.8.8.8", "169.254.169.254", "::ffff:10.0.0.1", "fd00:ec2::254", "fd20:ce::254"]) {
    assert.ok(!isLoopbackOrPrivate(address), address);
  }
  assert.ok(mayDial("localhost", "::1") && mayDial("a.example", "8.8.8.8"));
  for (const [name, address] of [
    ["localhost", "8.8.8.8"],
    ["localhost.", "127.0.0.1"],
    ["a.example", "127.0.0.1"],
    ["a.example", "10.0.0.1"],
  ] as const) {
    assert.ok(!mayDial(name, address), name);
  }
});

test("a name is dialled at the addresses that were checked", async () => {
  await using server = await serve((socket) => socket.end(json("200 OK", USER)));
  const { port } = new URL(server.baseUrl);
  const outgoing = { method: "GET", path: "/", headers: [], body: Buffer.alloc(0) };
  const call = async (name: string, ...addresses: string[]) => {
    const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
    const resolve = (_name: string, _options: object, done: (error: null, found: object[]) => void) => done(null, found);
    const mocked = mock.method(dns, "lookup", resolve as never);
    try {
      // Plain, since the server is.
      const origin = { ...originOf("", `https://${name}:${port}`), isTls: false };
      return await exchange(origin, outgoing, new AbortController().signal);
    } finally {
      mocked.mock.restore();
    }
  };
  for (const addresses of [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"]]) {
    await assert.rejects(call("login.example.com", ...addresses), isFailure("HTTP-request-denied"), `${addresses}`);
  }
  await assert.rejects(call("localhost", "10.0.0.1"), isFailure("HTTP-request-denied"));
  assert.equal(server.requests.length, 0);
  assert.equal((await call("localhost", "127.0.0.1")).status, 200);
  assert.equal(server.requests.length, 1);
});

test("two routes of one origin", () => {
  const origin = originOf("", "https://login.example.com");
  const request = (changed: Partial<Request>): Request => ({
    method: "GET",
    scheme: "https",
    authority: "login.example.com",
    path: "/v1/users/a",
    headers: [],
    body: Buffer.alloc(0),
    ...changed,
  });
  const post = { method: "POST", path: "/v1/users/search", body: Buffer.from("{}") };
  for (const allowed of [{}, { authority: "Login.Example.com:443" }, { path: "/v1/users/user-test-1%7Cx" }, post]) {
    checkRequest(origin, request(allowed));
  }
  for (const forbidden of [
    { scheme: "http" },
    { authority: "example.com" },
    { authority: "login.example.com:8443" },
    { authority: "login.example.com@example.com" },
    { authority: "login.example.com/@x" },
    { authority: "" },
    { method: "DELETE" },
    { method: "HEAD" },
    { ...post, method: "PUT" },
    { method: "POST" },
    { ...post, path: "/v1/users/search?x" },
    { path: "/v1/users/" },
    { path: "/v1/users/." },
    { path: "/v1/users/%2e%2E" },
    { path: "/v1/users/a%2fb" },
    { path: "/v1/users/a/b" },
    { path: "/v1/users/a?b" },
    { path: "/v1/users/a#b" },
    { path: "/v1/users/a%" },
    { path: "/v1/sessions" },
    { path: "//v1/users/a" },
    { body: Buffer.from("x") },
  ]) {
    assert.throws(() => checkRequest(origin, request(forbidden)), isFailure("HTTP-request-denied"), JSON.stringify(forbidden));
  }
  const headers = [
    ["authorization", "a"],
    ["x-http-method-override", "DELETE"],
    ["accept-encoding", "gzip"],
    ["content-length", "99"],
    ["host", "example.com"],
  ] as const;
  assert.deepEqual(allowedHeaders(request({ headers })), [["authorization", "a"]]);
});

test("dates in Retry-After become seconds", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 37, 500);
  const date = "Sun, 06 Nov 1994 08:49:30 GMT";
  for (const [until, byTheServer, byThisClock] of [
    ["Sun, 06 Nov 1994 08:50:37 GMT", "67", "60"],
    ["Sunday, 06-Nov-94 08:50:37 GMT", "67", "60"],
    ["Sun Nov  6 08:50:37 1994", "67", "60"],
    ["Sat, 05 Nov 1994 08:49:37 GMT", "0", "0"],
    ["Fri, 31 Dec 9999 23:59:59 GMT", "252618189029", "252618189022"],
  ] as const) {
    assert.equal(inSeconds(until, date, now), byTheServer);
    assert.equal(inSeconds(until, undefined, now), byThisClock);
    assert.equal(inSeconds(until, "soon", now), byThisClock);
  }
  for (const text of ["7", "", "soon", "-1", "1994-11-06T08:50:37Z", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 25:00:00 GMT"]) {
    assert.equal(inSeconds(text, date, now), text);
  }
});
