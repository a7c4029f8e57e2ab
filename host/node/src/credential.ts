// A project ID, its secret, and the API that they belong to.

import { Buffer } from "node:buffer";
import type { Config } from "./component/instance.ts";
import { MisconfiguredError } from "./errors.ts";
import { environmentOf, type Origin, originOf } from "./network/origin.ts";
import { SecretForms } from "./network/secret.ts";

/** What a client authenticates with. The secret is in private fields only, which nothing prints. */
export class Credential {
  readonly projectId: string;
  readonly environment: "live" | "test";
  readonly origin: Origin;
  readonly isSealed: boolean;
  readonly forms: SecretForms;
  readonly #secret: string;
  readonly #baseUrl: string | undefined;

  constructor(projectId: unknown, secret: unknown, baseUrl: unknown, isSealed: boolean) {
    this.projectId = text("projectId", projectId);
    this.#secret = text("secret", secret);
    this.#baseUrl = baseUrl === undefined ? undefined : text("baseUrl", baseUrl);
    this.environment = environmentOf(this.projectId);
    this.origin = originOf(this.projectId, this.#baseUrl);
    this.forms = new SecretForms(this.projectId, this.#secret);
    this.isSealed = isSealed;
    if (isSealed) this.#checkSeal();
  }

  /** The component's configuration. If the credential is sealed, the secret is not in it. */
  config(): Config {
    const authorization = this.isSealed ? (["authorization", "host"] as const) : (["secret", this.#secret] as const);
    const baseUrl = this.#baseUrl ? [["base-url", this.#baseUrl] as const] : [];
    return [["project-id", this.projectId], authorization, ...baseUrl];
  }

  /** The header `Authorization` (RFC 7617), of a sealed credential. */
  authorization(): string {
    return `Basic ${Buffer.from(`${this.projectId}:${this.#secret}`).toString("base64")}`;
  }

  /** Passes the secret on, without keeping it. */
  expose<T>(use: (secret: string) => T): T {
    return use(this.#secret);
  }

  /** Checks what a component with the secret would check. */
  #checkSeal(): void {
    const secret = this.#secret;
    if (!secret) throw new MisconfiguredError("secret", "is missing");
    if (!/^[!-~]+$/.test(secret)) {
      throw new MisconfiguredError(
        "secret",
        "has a space, a line break or another invalid character; copy it again from the Stytch dashboard",
      );
    }
    const foreign = this.environment === "live" ? "secret-test-" : "secret-live-";
    if (secret.startsWith(foreign)) {
      throw new MisconfiguredError(
        "secret",
        "and the project ID belong to different environments; take both from the same one",
      );
    }
    if (!this.origin.isTls && !this.origin.isLoopback) {
      throw new MisconfiguredError(
        "baseUrl",
        "is plain http to another machine, which would send the secret unencrypted; use https",
      );
    }
  }
}

/** Checks what the component cannot: whether it is a text. Empty values are its own errors. */
function text(key: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new MisconfiguredError(key, value === undefined ? "is missing" : "is not a string");
}
