// What a call may send: to one origin, two routes, five headers. Nothing here uses the
// network.

import type { Origin } from "./origin.ts";
import { denied, Failure } from "./failure.ts";

/** A request, as the component asked for it. */
export interface Request {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/**
 * Others could make a server treat the request as a different one (`X-HTTP-Method-Override`,
 * `X-Original-URL`), or ask for a response in which a secret is not found, such as a
 * compressed one. The client sets `Content-Length` itself.
 */
const ALLOWED_HEADERS = new Set(["accept", "authorization", "content-type", "user-agent"]);

/** A query with 100,000 user IDs has half of that. */
const MAX_REQUEST_BODY = 8 << 20;

/** Throws a `Failure` for a request that the component may not send. */
export function checkRequest(origin: Origin, request: Request): void {
  const { method, path } = request;
  const url = `${request.scheme}://${request.authority}`;
  // Mostly it is written as the origin is.
  if (url !== origin.text && !isOrigin(url, origin)) {
    throw denied(`the component requested another origin; this client may reach ${origin.text} only`);
  }
  const [, segment] = /^\/v1\/users\/([^/?#]+)$/.exec(path) ?? [];
  const isRetrieval = method === "GET" && segment !== undefined && isUserSegment(segment);
  const isSearch = method === "POST" && path === "/v1/users/search";
  if (!isRetrieval && !isSearch) {
    throw denied(
      "the component may only send GET /v1/users/{user_id} and POST /v1/users/search, without a query",
    );
  }
  if (isRetrieval && request.body.length > 0) {
    throw denied("the request has a body, which a server may treat as another request");
  }
  if (request.body.length > MAX_REQUEST_BODY) {
    throw new Failure("HTTP-request-body-size", `the request is larger than ${MAX_REQUEST_BODY} bytes`);
  }
}

/** Whether a URL is that of an origin, written in another way. */
function isOrigin(text: string, origin: Origin): boolean {
  const url = URL.parse(text);
  return url?.origin === origin.text && url.pathname === "/" && !text.includes("@");
}

/** The headers that may be sent. */
export function allowedHeaders(request: Request): [name: string, value: string][] {
  const allowed = request.headers.filter(([name]) => ALLOWED_HEADERS.has(name));
  return allowed.map(([name, value]) => [name, value]);
}

/**
 * Whether a path's segment, decoded, is a user ID in Stytch's alphabet, which no server or
 * proxy can take for another path.
 */
function isUserSegment(segment: string): boolean {
  const decoded = segment.replace(/%([\da-f]{2})/gi, (_, byte: string) =>
    String.fromCharCode(Number.parseInt(byte, 16)),
  );
  return /^[\w.|-]+$/.test(decoded) && decoded !== "." && decoded !== "..";
}
