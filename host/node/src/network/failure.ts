// Ways in which an exchange fails, each with its error code of `wasi:http`, which is all
// that the component gets.

import { ERROR_CODES } from "../contract.ts";

/** An error code of `wasi:http`. */
export type WasiErrorCode = (typeof ERROR_CODES)[number];

/** Why there was no complete response. */
export class Failure extends Error {
  readonly code: WasiErrorCode;

  constructor(code: WasiErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const denied = (message: string) => new Failure("HTTP-request-denied", `denied: ${message}`);

const CERTIFICATE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|UNSUITABLE_)/;

/** What Node says → what the component is told. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code, message } = innermost(error);
  switch (code) {
    case "ECONNREFUSED":
    case "ConnectionRefused":
      return new Failure("connection-refused", "the connection was refused; is something listening there?");
    case "ECONNRESET":
    case "ECONNABORTED":
    case "ConnectionClosed":
    case "EPIPE":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return new Failure("connection-terminated", "the connection was cut");
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_FAIL":
    case "EAI_NODATA":
      return new Failure("DNS-error", `the server's name could not be resolved: ${message}`);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return new Failure("destination-IP-unroutable", `the server cannot be reached from this network: ${message}`);
    case "EADDRNOTAVAIL":
    case "EMFILE":
      return new Failure("connection-limit-reached", `this machine has no connection left to make: ${message}`);
    case "ETIMEDOUT":
      return new Failure("connection-timeout", "no connection in time");
    case "HPE_HEADER_OVERFLOW":
      return new Failure("HTTP-response-header-section-size", "the response headers are too large");
  }
  if (CERTIFICATE.test(code)) {
    return new Failure("TLS-certificate-error", `the server's certificate was not accepted: ${message}`);
  }
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO)/.test(code)) {
    return new Failure("TLS-protocol-error", `the TLS handshake failed: ${message}`);
  }
  return new Failure("HTTP-protocol-error", `the server does not speak valid HTTP: ${message}`);
}

/** Of several addresses that were tried, the error of the first. */
function innermost(error: unknown): { code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return { code: String(code ?? ""), message: String(message ?? error) };
}
