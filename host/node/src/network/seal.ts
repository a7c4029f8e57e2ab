// Responses of sealed calls, in which the component must not find the secret.

import { Buffer } from "node:buffer";
import type { Response } from "./client.ts";
import { Failure } from "./failure.ts";
import type { SecretForms } from "./secret.ts";

/** Returns the response unless it has the secret, in whichever form. */
export function open(response: Response, forms: SecretForms): Response {
  const { headers, body } = response;
  const isEncoded = headers.some(
    (name, at) =>
      at % 2 === 0 && name.toLowerCase() === "content-encoding" && headers[at + 1]?.toLowerCase() !== "identity",
  );
  if (headers.some((text) => forms.isIn(text)) || forms.isIn(body.toString("latin1"))) {
    throw new Failure(
      "HTTP-protocol-error",
      "the response contains the secret, so it was withheld from the component; is the base URL that of a Stytch API?",
    );
  }
  // An encoded body cannot be searched. The component sees the header and reports it.
  return isEncoded ? { ...response, body: Buffer.alloc(0), end: undefined } : response;
}
