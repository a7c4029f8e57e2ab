// The program `stytch-host`: as a local Stytch, and as the host to compare with.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { StytchUsers, type StytchUsersOptions } from "@stytch-host/users";

const { STYTCH_HOST = "" } = process.env;
if (!STYTCH_HOST) throw new Error("set STYTCH_HOST to the program stytch-host");

/** Nothing of the developer's own surroundings. */
const home = mkdtempSync(join(tmpdir(), "stytch-users-"));

/** A local Stytch; dispose of it to stop it. */
export interface Emulator extends AsyncDisposable {
  readonly baseUrl: string;
  readonly projectId: string;
  readonly secret: string;
}

export async function emulator(...args: string[]): Promise<Emulator> {
  const child = spawn(STYTCH_HOST, ["emulator", "--listen", "127.0.0.1:0", ...args], {
    env: { HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const variables = new Map<string, string>();
  for await (const line of createInterface(child.stdout)) {
    const [, name = "", value = ""] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    variables.set(name, value.replaceAll("'", ""));
    if (variables.has("STYTCH_SECRET")) break;
  }
  const get = (name: string) => {
    const value = variables.get(name);
    if (!value) throw new Error("the emulator did not start");
    return value;
  };
  return {
    baseUrl: get("STYTCH_BASE_URL"),
    projectId: get("STYTCH_PROJECT_ID"),
    secret: get("STYTCH_SECRET"),
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** The credential of every emulator. */
export interface Credential {
  readonly baseUrl: string;
  readonly projectId: string;
  readonly secret: string;
}

export function client({ baseUrl, projectId, secret }: Credential, options: Partial<StytchUsersOptions> = {}): StytchUsers {
  return new StytchUsers({ baseUrl, projectId, secret, ...options });
}

/** What the host in Rust prints for one attempt of a call. */
export async function invoke({ baseUrl, projectId, secret }: Credential, operation: string, input: unknown): Promise<unknown> {
  const args = ["--max-attempts", "1", "invoke", operation, JSON.stringify(input)];
  const child = spawn(STYTCH_HOST, args, {
    env: { HOME: home, STYTCH_BASE_URL: baseUrl, STYTCH_PROJECT_ID: projectId, STYTCH_SECRET: secret },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return JSON.parse(status === 0 ? stdout : stderr);
}
