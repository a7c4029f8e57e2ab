// Encrypted connections, each from a process of its own: what it trusts is in its environment.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A key, and a certificate for `localhost` that it signed itself. */
const PEM = fileURLToPath(new URL("support/localhost.pem", import.meta.url));

const PROGRAM = `
  import { StytchUsers } from "@stytch-host/users";
  const { URL: baseUrl } = process.env;
  const stytch = new StytchUsers({ projectId: "project-test-1", secret: "secret-test-1", baseUrl, retries: 0 });
  const { user_id, transportCause } = await stytch.retrieveUser("u").catch((error) => error);
  console.log(user_id ?? transportCause);
`;

test("a certificate that is not trusted is refused", async () => {
  const pem = readFileSync(PEM);
  let requests = 0;
  const server = createServer({ key: pem, cert: pem }, (_, response) => {
    requests++;
    response.end('{"user_id":"u"}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const run = async (env: Record<string, string>) => {
    const args = ["--no-warnings", "--input-type=module", "--eval", PROGRAM];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { URL: `https://localhost:${port}`, ...env },
    });
    return stdout.trim();
  };
  try {
    assert.equal(await run({}), "tls_certificate");
    assert.equal(await run({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), "tls_certificate");
    assert.equal(requests, 0);
    assert.equal(await run({ NODE_EXTRA_CA_CERTS: PEM }), "u");
    // Of another name.
    assert.equal(await run({ NODE_EXTRA_CA_CERTS: PEM, URL: `https://127.0.0.1:${port}` }), "tls_certificate");
    assert.equal(requests, 1);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
