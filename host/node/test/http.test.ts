// Responses, as bytes that arrive in any pieces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, type Response } from "../src/network/client.ts";
import { Failure } from "../src/network/failure.ts";
import { requestHead, ResponseReader } from "../src/network/http1.ts";
import { originOf } from "../src/network/origin.ts";

interface Read {
  response: Response;
  isKept: boolean;
}

/** Reads a response in pieces of this size, and then the end of the connection. */
function read(text: string, size: number): Read {
  const reader = new ResponseReader({ ...LIMITS, headers: 200, body: 20, interim: 2 });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  assert.ok(reader.isDone || reader.finish(), "it is cut");
  return { response: reader.response(), isKept: reader.isKept };
}

const PIECES = [1, 2, 3, 7, 1000];

test("bodies end where they say", () => {
  const head = "HTTP/1.1 200 OK\r\n";
  for (const [text, body, isKept] of [
    [`${head}Content-Length: 3\r\n\r\nabc`, "abc", true],
    [`${head}content-length:0\r\n\r\n`, "", true],
    [`${head}content-length: 3\r\nConnection: close\r\n\r\nabc`, "abc", false],
    [`${head}content-length: 3\r\nConnection: x, Close\r\n\r\nabc`, "abc", false],
    ["HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc", "abc", false],
    ["HTTP/1.1 200\r\ncontent-length: 3\r\n\r\nabc", "abc", true],
    [`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nx: y\r\n\r\n`, "abc", true],
    [`${head}transfer-encoding: identity\r\n\r\nabc`, "abc", false],
    [`${head}\r\nabc`, "abc", false],
    [`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${head}content-length: 3\r\n\r\nabc`, "abc", true],
    ["HTTP/1.1 204 No Content\r\n\r\n", "", true],
    ["HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n", "", true],
    // With something that nobody asked for.
    [`${head}content-length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n`, "abc", false],
  ] as const) {
    for (const size of PIECES) {
      const found = read(text, size);
      assert.equal(found.response.body.toString(), body, text);
      assert.equal(found.isKept, isKept, text);
    }
  }
});

test("headers are as they were sent", () => {
  const { response } = read("HTTP/1.1 418 \xff\r\nA: \t b c \t\r\na:\r\nX-Y: \xe9\r\nContent-Length: 0\r\n\r\n", 3);
  assert.equal(response.status, 418);
  assert.deepEqual(response.headers, ["A", "b c", "a", "", "X-Y", "\xe9", "Content-Length", "0"]);
});

test("what is not exact is refused", () => {
  const head = "HTTP/1.1 200 OK\r\n";
  for (const [text, code] of [
    ["HTTP/2 200 OK\r\n\r\n", "HTTP-protocol-error"],
    ["HTTP/1.1 20 OK\r\n\r\n", "HTTP-protocol-error"],
    ["HTTP/1.1 099 OK\r\n\r\n", "HTTP-protocol-error"],
    [" HTTP/1.1 200 OK\r\n\r\n", "HTTP-protocol-error"],
    ["HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP-protocol-error"],
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(3), "HTTP-protocol-error"],
    [`${head}a: b\nc: d\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}a: b\0\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}a : b\r\n\r\n`, "HTTP-protocol-error"],
    [`${head} a: b\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}a: b\r\n c\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}a\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}: b\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`, "HTTP-protocol-error"],
    [`${head}content-length: 3, 3\r\n\r\nabc`, "HTTP-protocol-error"],
    [`${head}content-length: +3\r\n\r\nabc`, "HTTP-protocol-error"],
    [`${head}content-length: 0x3\r\n\r\nabc`, "HTTP-protocol-error"],
    [`${head}content-length: \r\n\r\nabc`, "HTTP-protocol-error"],
    [`${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}transfer-encoding: chunked\r\n\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}transfer-encoding: chunked\r\n\r\n-1\r\n`, "HTTP-protocol-error"],
    [`${head}transfer-encoding: chunked\r\n\r\n0x1\r\na\r\n`, "HTTP-protocol-error"],
    [`${head}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}transfer-encoding: chunked\r\n\r\n0\r\nx\r\n\r\n`, "HTTP-protocol-error"],
    [`${head}transfer-encoding: gzip\r\n\r\n`, "HTTP-response-transfer-coding"],
    [`${head}transfer-encoding: gzip, chunked\r\n\r\n`, "HTTP-response-transfer-coding"],
    [`${head}transfer-encoding: chunked, chunked\r\n\r\n`, "HTTP-response-transfer-coding"],
    [`${head}a: ${"b".repeat(200)}\r\n\r\n`, "HTTP-response-header-section-size"],
    ["x".repeat(300), "HTTP-response-header-section-size"],
    [`${head}transfer-encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(100)}\r\n`, "HTTP-response-header-section-size"],
    [`${head}transfer-encoding: chunked\r\n\r\n${`1;${"x".repeat(100)}\r\na\r\n`.repeat(3)}`, "HTTP-response-header-section-size"],
    [`${head}content-length: 21\r\n\r\n${"a".repeat(21)}`, "HTTP-response-body-size"],
    [`${head}transfer-encoding: chunked\r\n\r\n15\r\n${"a".repeat(21)}\r\n0\r\n\r\n`, "HTTP-response-body-size"],
    [`${head}\r\n${"a".repeat(21)}`, "HTTP-response-body-size"],
  ] as const) {
    for (const size of PIECES) {
      assert.throws(() => read(text, size), (error) => error instanceof Failure && error.code === code, text);
    }
  }
});

test("a response that is cut is not complete", () => {
  const head = "HTTP/1.1 200 OK\r\n";
  for (const text of [
    "",
    "HTTP/1.1 200 OK\r\ncontent-",
    `${head}content-length: 3\r\n\r\nab`,
    `${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n`,
  ]) {
    for (const size of PIECES) assert.throws(() => read(text, size), /it is cut/);
  }
});

test("a request is one request", () => {
  const origin = originOf("", "https://[2606:4700::1]:8443");
  const outgoing = { method: "GET", path: "/v1/users/a", headers: [["accept", "a"]] as [string, string][], body: Buffer.alloc(0) };
  const host = "Host: [2606:4700::1]:8443\r\nConnection: keep-alive\r\n\r\n";
  assert.equal(requestHead(origin, outgoing), `GET /v1/users/a HTTP/1.1\r\naccept: a\r\n${host}`);
  const twice: [string, string][] = [["accept", "a"], ["accept", "b"]];
  assert.equal(requestHead(origin, { ...outgoing, headers: twice }), `GET /v1/users/a HTTP/1.1\r\naccept: b\r\n${host}`);
  for (const changed of [
    { path: "/a b" },
    { path: "/a\r\nx: y" },
    { path: "" },
    { headers: [["accept", "a\r\nx: y"]] as [string, string][] },
    { headers: [["acc\nept", "a"]] as [string, string][] },
    { headers: [["accept", "\u0100"]] as [string, string][] },
  ]) {
    assert.throws(() => requestHead(origin, { ...outgoing, ...changed }), Failure, JSON.stringify(changed));
  }
});
