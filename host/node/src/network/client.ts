// Sends one request, and reads the response within limits of time and size.

import type { Buffer } from "node:buffer";
import { Connection, keptConnection } from "./connection.ts";
import { Failure } from "./failure.ts";
import { requestHead } from "./http1.ts";
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

/** Throws a `Failure` if no response begins, and the signal's reason if that is aborted. */
export async function exchange(
  origin: Origin,
  outgoing: Outgoing,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): Promise<Response> {
  signal.throwIfAborted();
  const head = requestHead(origin, outgoing);
  const kept = keptConnection(origin);
  if (kept) {
    try {
      return await kept.exchange(head, outgoing.body, signal, limits);
    } catch (error) {
      signal.throwIfAborted();
      // Anything but this: the server closed it before the request reached it.
      if (!(error instanceof Failure) || error.code !== "connection-terminated") throw error;
    }
  }
  return new Connection(origin).exchange(head, outgoing.body, signal, limits);
}
