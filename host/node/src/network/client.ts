// Sends one request, and reads the response within limits of time and size. Redirects are
// not followed: Node's HTTP client, unlike `fetch`, does not know how to.

import { Buffer } from "node:buffer";
import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import { mayDial } from "./address.ts";
import { denied, Failure, failureOf } from "./failure.ts";
import type { Origin } from "./origin.ts";

/** The limits of one exchange, with the reason for each; times are in milliseconds. */
export interface Limits {
  /** Resolving the name, connecting, and the TLS handshake. */
  readonly connect: number;
  /** From the request to the response's headers, connecting included. */
  readonly response: number;
  /** Within this time the body brings at least `minBytes`. */
  readonly idle: number;
  readonly minBytes: number;
  /** Names and values of the response's headers, in bytes. */
  readonly headers: number;
  /** The response's body, in bytes. */
  readonly body: number;
  /** Responses before the response, such as 103. */
  readonly interim: number;
}

export const LIMITS: Limits = {
  // Lost packets of a handshake are sent again after 1 and 3 seconds.
  connect: 5_000,
  // Stytch documents searches of up to 9 seconds.
  response: 15_000,
  // A thousandth of the throughput of the slowest mobile networks.
  idle: 10_000,
  minBytes: 1 << 10,
  // Many times what responses of APIs have.
  headers: 64 << 10,
  // 1000 users with the maximum metadata have about 10 MB.
  body: 32 << 20,
  interim: 16,
};

/** What is sent. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: [name: string, value: string][];
  readonly body: Buffer;
}

/** A response; `end` says why its body is not complete. */
export interface Response {
  readonly status: number;
  /** Names and values, one after the other. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly end: Failure | undefined;
}

/** How long a connection is kept for the next request. Load balancers close them after a minute. */
const KEPT = 30_000;

const AGENT = {
  keepAlive: true,
  // The one that was used last: others may close in the meantime.
  scheduling: "lifo",
  timeout: KEPT,
} as const;

const plain = new http.Agent(AGENT);
const tls = new https.Agent(AGENT);

/** Dials only addresses that the name may have. */
const checkedLookup: LookupFunction = (name, options, done) => {
  dns.lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, "");
    // A single forbidden address denies all: it shows that the name cannot be trusted.
    const forbidden = addresses.find(({ address }) => !mayDial(name, address));
    if (forbidden) {
      const reason = denied(
        `${name} resolves to ${forbidden.address}, which is not a public address; to reach a private one, use the address itself as the baseUrl`,
      );
      return done(reason, "");
    }
    const [first] = addresses;
    if (options.all || !first) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

/** Throws a `Failure` if no response begins, and the signal's reason if that is aborted. */
export async function exchange(
  origin: Origin,
  outgoing: Outgoing,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): Promise<Response> {
  // A request that is ended before anyone listens to it fails where nobody catches it.
  signal.throwIfAborted();
  for (let isFirst = true; ; isFirst = false) {
    const sent = new Exchange(origin, outgoing, limits);
    try {
      return await sent.run(signal);
    } catch (error) {
      signal.throwIfAborted();
      // The server closed a kept connection before the request reached it.
      const isStale = isFirst && sent.isReused && failureOf(error).code === "connection-terminated";
      if (!isStale) throw failureOf(error);
    }
  }
}

class Exchange {
  readonly #limits: Limits;
  readonly #body: Buffer;
  readonly #request: http.ClientRequest;
  #timer: NodeJS.Timeout | undefined;

  constructor(origin: Origin, outgoing: Outgoing, limits: Limits) {
    this.#limits = limits;
    this.#body = outgoing.body;
    // As a list Node sends them as they are: it neither merges nor adds any.
    const host = origin.text.slice(origin.text.indexOf("//") + 2);
    const headers = ["host", host, "connection", "keep-alive", ...outgoing.headers.flat()];
    if (outgoing.method === "POST") headers.push("content-length", `${outgoing.body.length}`);
    this.#request = (origin.isTls ? https : http).request({
      agent: origin.isTls ? tls : plain,
      host: origin.host,
      port: origin.port,
      method: outgoing.method,
      path: outgoing.path,
      headers,
      lookup: checkedLookup,
      maxHeaderSize: limits.headers,
      insecureHTTPParser: false,
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
    });
  }

  get isReused(): boolean {
    return this.#request.reusedSocket;
  }

  run(signal: AbortSignal): Promise<Response> {
    return new Promise<Response>((resolve, reject) => {
      const request = this.#request;
      const abort = () => fail(signal.reason);
      const end = () => {
        clearTimeout(this.#timer);
        signal.removeEventListener("abort", abort);
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
        request.destroy();
      };
      signal.addEventListener("abort", abort);

      let interim = 0;
      request.on("error", fail);
      request.on("information", () => {
        if (++interim > this.#limits.interim) {
          fail(new Failure("HTTP-protocol-error", "the server sent too many interim responses"));
        }
      });
      request.on("upgrade", () => {
        fail(new Failure("HTTP-protocol-error", "the server switched to another protocol"));
      });
      request.on("response", (message) => {
        this.#read(message).then((response) => {
          end();
          resolve(response);
          if (response.end) request.destroy();
        }, fail);
      });
      this.#expectResponse(fail);
      if (this.#body.length > 0) request.end(this.#body);
      else request.end();
    });
  }

  #expectResponse(fail: (failure: Failure) => void): void {
    const { connect, response } = this.#limits;
    const started = performance.now();
    const connected = () => {
      clearTimeout(this.#timer);
      const left = response - (performance.now() - started);
      this.#timer = setTimeout(() => {
        fail(new Failure("HTTP-response-timeout", `no response within ${response / 1000} s`));
      }, left);
    };
    if (this.#request.reusedSocket) return connected();
    this.#timer = setTimeout(() => {
      const text = `no connection within ${connect / 1000} s (name resolution, connecting and TLS handshake)`;
      fail(new Failure("connection-timeout", text));
    }, connect);
    this.#request.on("socket", (socket) => {
      if (!socket.connecting) connected();
      else socket.once("encrypted" in socket ? "secureConnect" : "connect", connected);
    });
  }

  /** Reads the body; what fails now is told with what was received. */
  #read(message: http.IncomingMessage): Promise<Response> {
    const { idle, minBytes, body: limit } = this.#limits;
    const coding = transferCoding(message);
    if (coding) return Promise.reject(coding);
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let received = 0;
      let inWindow = 0;
      const end = (failure?: Failure) => {
        clearTimeout(this.#timer);
        const { statusCode = 0, rawHeaders } = message;
        const [only] = chunks;
        const body = only && chunks.length === 1 ? only : Buffer.concat(chunks);
        resolve({ status: statusCode, headers: rawHeaders, body, end: failure });
      };
      const late = () => {
        const text =
          inWindow === 0
            ? `the response stalled for ${idle / 1000} s`
            : `the response was too slow: less than ${minBytes} bytes in ${idle / 1000} s`;
        end(new Failure("connection-read-timeout", text));
      };
      const expectMore = () => {
        inWindow = 0;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(late, idle);
      };
      expectMore();
      message.on("data", (chunk: Buffer) => {
        received += chunk.length;
        inWindow += chunk.length;
        if (received > limit) {
          return end(new Failure("HTTP-response-body-size", `the response is larger than ${limit} bytes`));
        }
        chunks.push(chunk);
        if (inWindow >= minBytes) expectMore();
      });
      message.on("end", () => end());
      message.on("error", (error) => end(failureOf(error)));
    });
  }
}

/** A coding that was not requested, and that the component could not read. */
function transferCoding({ rawHeaders }: http.IncomingMessage): Failure | undefined {
  // Node's `headers` are made when they are read, all of them.
  const isNamed = (index: number) => /^transfer-encoding$/i.test(rawHeaders[index - 1] ?? "");
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && isNamed(index));
  const codings = values.join(",").toLowerCase().split(",");
  const coding = codings.map((name) => name.trim()).find((name) => !["", "chunked", "identity"].includes(name));
  if (!coding) return undefined;
  return new Failure(
    "HTTP-response-transfer-coding",
    `the response has the transfer coding ${JSON.stringify(coding.slice(0, 40))}, which was not requested; is there a proxy in front of the server, or is the base URL wrong?`,
  );
}
