// What calls fail with.

import type { ApiError, JsonValue, OperationError, TransportCause } from "./contract.ts";

/** The cases of the contract's error, and `plugin_failed` for failures of this package. */
export type ErrorCode = OperationError["code"] | "plugin_failed";

/** An error as JSON, with the members that the command `stytch-host` prints. */
export interface ErrorReport {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retry_after_ms: number | null;
  attempts: number;
  status_code: number | null;
  error_type: string | null;
  request_id: string | null;
  error_url: string | null;
  error_details: JsonValue | null;
}

/**
 * Why a call failed. Each `code` has a class of its own.
 *
 * The secret is in none of its members. Stytch's messages are passed on as they are: treat
 * them as untrusted text.
 */
export abstract class StytchUsersError extends Error {
  /** What kind of failure it is: a case of the contract's error, or `plugin_failed`. */
  abstract readonly code: ErrorCode;
  /**
   * Whether the same call may succeed later: the network or Stytch failed, or there were
   * too many requests.
   */
  readonly retryable: boolean;
  /**
   * How long to wait before a retry, in milliseconds. If a search was rate-limited and
   * Stytch did not say for how long, it is the time to the next full minute.
   */
  readonly retryAfterMs: number | null;
  /** The HTTP status of Stytch's response. */
  readonly statusCode: number | null;
  /** Stytch's name for the error, such as `user_not_found`. */
  readonly errorType: string | null;
  /** Stytch's ID of the request, for its support. */
  readonly requestId: string | null;
  /** The URL of Stytch's documentation of the error. */
  readonly errorUrl: string | null;
  /** Stytch's `error_details`. */
  readonly errorDetails: JsonValue | null;
  /** How many attempts sent a request; 0 if none did. */
  attempts = 0;
  readonly #api: ApiError | undefined;

  /** @internal */
  constructor(message: string, retryable: boolean, api?: ApiError) {
    super(message);
    this.retryable = retryable;
    this.#api = api;
    this.retryAfterMs = api?.retry_after_ms ?? null;
    this.statusCode = api?.status ?? null;
    this.errorType = api?.error_type ?? null;
    this.requestId = api?.request_id ?? null;
    this.errorUrl = api?.error_url ?? null;
    this.errorDetails = api?.details ?? null;
  }

  /** The error as the command `stytch-host` prints it. */
  toJSON(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      retry_after_ms: this.retryAfterMs,
      attempts: this.attempts,
      status_code: this.statusCode,
      error_type: this.errorType,
      request_id: this.requestId,
      error_url: this.errorUrl,
      error_details: this.errorDetails,
    };
  }

  /** @internal Stytch's response. */
  get api(): ApiError | undefined {
    return this.#api;
  }

  /** @internal Says in the message, too, how many attempts there were. */
  after(attempts: number): this {
    this.attempts = attempts;
    if (attempts > 1) this.message += ` (after ${attempts} attempts)`;
    return this;
  }
}

/** The arguments are wrong; nothing was sent. */
export class InvalidInputError extends StytchUsersError {
  readonly code = "invalid_input";
  /** Which argument, such as `user-id`. */
  readonly field: string;

  /** @internal */
  constructor(field: string, reason: string) {
    super(`${field} ${reason}`, false);
    this.field = field;
  }
}

/** The credential or the options are wrong; nothing was sent. */
export class MisconfiguredError extends StytchUsersError {
  readonly code = "misconfigured";
  /** What is wrong, such as `secret`. */
  readonly key: string;

  /** @internal */
  constructor(key: string, reason: string) {
    super(`${key} ${reason}`, false);
    this.key = key;
  }
}

/** Stytch refused the credential. */
export class UnauthorizedError extends StytchUsersError {
  readonly code = "unauthorized";
}

/** Stytch has no such user. */
export class NotFoundError extends StytchUsersError {
  readonly code = "not_found";
}

/** Stytch refused the request for another reason, or something other than Stytch's API responded. */
export class RejectedError extends StytchUsersError {
  readonly code = "rejected";
}

/** There were too many requests; see `retryAfterMs`. If it is not `retryable`, it is about one user. */
export class RateLimitedError extends StytchUsersError {
  readonly code = "rate_limited";
}

/** Stytch failed (5xx). */
export class UnavailableError extends StytchUsersError {
  readonly code = "unavailable";
}

/** Stytch could not be reached, or did not respond in time. */
export class UnreachableError extends StytchUsersError {
  readonly code = "unreachable";
  /** Where on the way the request was lost; `null` when the time for the call was over. */
  readonly transportCause: TransportCause | null;

  /** @internal */
  constructor(message: string, retryable: boolean, cause: TransportCause | null) {
    super(message, retryable);
    this.transportCause = cause;
  }
}

/** The response is not what Stytch documents. */
export class MalformedResponseError extends StytchUsersError {
  readonly code = "malformed_response";
}

/** The component, or this package, failed. */
export class PluginFailedError extends StytchUsersError {
  readonly code = "plugin_failed";

  /** @internal */
  constructor(message: string) {
    super(message, false);
  }
}

// Not the names of the constructors, which bundlers shorten.
for (const [name, type] of Object.entries({
  InvalidInputError,
  MisconfiguredError,
  UnauthorizedError,
  NotFoundError,
  RejectedError,
  RateLimitedError,
  UnavailableError,
  UnreachableError,
  MalformedResponseError,
  PluginFailedError,
})) {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true });
}

/** Whether a failure of the network may pass. */
const TRANSIENT: Record<TransportCause, boolean> = {
  denied: false,
  dns: true,
  connect: true,
  tls_certificate: false,
  tls_protocol: false,
  connect_timeout: true,
  response_timeout: true,
  idle_timeout: true,
  reset: true,
  truncated: true,
  too_large: false,
  protocol: false,
  other: false,
};

/**
 * Makes an error of what the component returned. `failure` says more of a failure of the
 * network than the component can know.
 *
 * @internal
 */
export function operationError(error: OperationError, failure: string | undefined): StytchUsersError {
  switch (error.code) {
    case "invalid_input":
      return new InvalidInputError(error.value.field, error.value.reason);
    case "misconfigured":
      return new MisconfiguredError(error.value.key, error.value.reason);
    case "unauthorized":
      return new UnauthorizedError(said("Stytch refused the credential", error.value), false, error.value);
    case "not_found":
      return new NotFoundError(said("not found", error.value), false, error.value);
    case "rejected":
      return rejected(error.value);
    case "rate_limited":
      return rateLimited(error.value);
    case "unavailable": {
      const retryable = [500, 502, 503, 504].includes(error.value.status);
      return new UnavailableError(said("Stytch failed", error.value), retryable, error.value);
    }
    case "unreachable": {
      const { cause, detail } = error.value;
      const text = `Stytch was not reached: ${failure ?? detail}`;
      return new UnreachableError(text, TRANSIENT[cause], cause);
    }
    case "malformed_response":
      return new MalformedResponseError(`the response is not what Stytch documents: ${error.value}`, false);
  }
}

function rejected(api: ApiError): RejectedError {
  const text =
    api.error_type === null
      ? said("something other than Stytch's API responded", api, "")
      : said("Stytch refused the request", api);
  return new RejectedError(text, api.status === 408, api);
}

/** @internal */
export function rateLimited(api: ApiError): RateLimitedError {
  if (!isTooManyRequests(api)) {
    return new RateLimitedError(said("Stytch refused the request", api), false, api);
  }
  const text = said("too many requests", api);
  if (api.retry_after_ms === null) return new RateLimitedError(text, true, api);
  const seconds = Math.ceil(api.retry_after_ms / 1000);
  return new RateLimitedError(`${text}; try again in ${seconds} s`, true, api);
}

/**
 * Whether a 429 means that there were too many requests. Stytch's other 429s are about one
 * user; one without an error type comes from a proxy (RFC 6585).
 */
function isTooManyRequests(api: ApiError): boolean {
  return api.error_type === null || api.error_type === "too_many_requests";
}

function said(what: string, api: ApiError, otherwise = ", with a body that is not Stytch's"): string {
  const message = api.message ?? api.error_type;
  return message === null ? `${what} (status ${api.status})${otherwise}` : `${what} (status ${api.status}): ${message}`;
}
