// One attempt: an instance of the component, and the one request that it may send.

import { run } from "./component/instance.ts";
import type { Operation } from "./component/operation.ts";
import type { Credential } from "./credential.ts";
import { operationError, PluginFailedError, type StytchUsersError } from "./errors.ts";
import { exchange, type Response } from "./network/client.ts";
import { Failure } from "./network/failure.ts";
import { allowedHeaders, checkRequest, type Request } from "./network/policy.ts";
import { inSeconds } from "./network/retry-after.ts";
import { open } from "./network/seal.ts";
import type { Failed } from "./retry/retry.ts";

/** Makes an attempt; throws the signal's reason if that is aborted. */
export async function attempt<T>(
  operation: Operation<T>,
  credential: Credential,
  signal: AbortSignal,
): Promise<{ value: T } | Failed> {
  let wasSent = false;
  let status: number | undefined;
  let failure: Failure | undefined;

  const send = async (request: Request): Promise<Response> => {
    try {
      checkRequest(credential.origin, request);
      wasSent = true;
      const response = await respond(request, credential, signal);
      status = response.status;
      failure = response.end;
      return response;
    } catch (error) {
      if (error instanceof Failure) failure = error;
      throw error;
    }
  };

  const failed = (error: StytchUsersError): Failed => {
    error.attempts = wasSent ? 1 : 0;
    return { error, status };
  };

  const { forms, origin } = credential;
  try {
    const result = await run(operation, credential.config(), send);
    if (result.ok) return { value: result.value };
    const where = failure && forms.redact(`${origin.text}: ${failure.message}`);
    return failed(operationError(redacted(result.error, (text) => forms.redact(text)), where));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PluginFailedError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return failed(new PluginFailedError(`the component failed: ${forms.redact(message)}`));
  }
}

/** Sends a request that was checked, with what the host adds to it and to the response. */
async function respond(request: Request, credential: Credential, signal: AbortSignal): Promise<Response> {
  const { method, path, body } = request;
  let headers = allowedHeaders(request);
  if (credential.isSealed) {
    headers = headers.filter(([name]) => name !== "authorization");
    headers.push(["authorization", credential.authorization()]);
  }
  const response = await exchange(credential.origin, { method, path, headers, body }, signal);
  const timed = { ...response, headers: withSeconds(response.headers) };
  return credential.isSealed ? open(timed, credential.forms) : timed;
}

/** Turns a date in `Retry-After` into seconds. */
function withSeconds(headers: readonly string[]): readonly string[] {
  const valueAt = (name: string) => headers.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === name) + 1;
  const at = valueAt("retry-after");
  if (!at) return headers;
  const date = valueAt("date");
  const seconds = inSeconds(headers[at] ?? "", date ? headers[date] : undefined, Date.now());
  return headers.with(at, seconds);
}

/** Redacts every text of a value, names of members included: a server may send the secret back. */
function redacted<T>(value: T, redact: (text: string) => string): T {
  const all = (value: unknown): unknown => {
    if (typeof value === "string") return redact(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(all);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [redact(name), all(member)]));
  };
  return all(value) as T;
}
