// What is published.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DIGEST, FILTERS } from "@stytch-host/users";
import { emulator } from "./support/host.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { STYTCH_HOST = "" } = process.env;

test("the component is that of the program", () => {
  const component = readFileSync(join(root, "stytch.wasm"));
  assert.equal(createHash("sha256").update(component).digest("hex"), DIGEST);
  const exported = execFileSync(STYTCH_HOST, ["export", "-"], { maxBuffer: 1 << 24 });
  assert.ok(component.equals(exported));
});

test("the filters are those of the program", () => {
  const help = execFileSync(STYTCH_HOST, ["schema", "search-users"], { encoding: "utf8" });
  const named = [...help.matchAll(/"const":\s*"([a-z_]+)"/g)].map(([, name]) => name);
  for (const name of Object.keys(FILTERS)) assert.ok(named.includes(name), `${name} ${named}`);
});

test("it is small, and has no dependencies", () => {
  const [packed] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf8" }));
  const files: { path: string }[] = packed.files;
  assert.deepEqual([...new Set(files.map(({ path }) => path.replace(/\/.*/, "")))].sort(), ["README.md", "dist", "package.json", "stytch.wasm"]);
  assert.ok(packed.unpackedSize < 500_000, `${packed.unpackedSize}`);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.equal(dependencies, undefined);
});

test("a browser is refused", () => {
  const program = 'import("@stytch-host/users").then(() => console.log("loaded"), (error) => console.log(error.message))';
  const args = (...more: string[]) => [...more, "--input-type=module", "--eval", program];
  const run = (...more: string[]) => execFileSync(process.execPath, args(...more), { cwd: root, encoding: "utf8" });
  assert.match(run("--conditions=browser"), /must not get into a browser/);
  assert.match(run(), /^loaded/);
});

test("it can be required", () => {
  const program = 'console.log(typeof require("@stytch-host/users").StytchUsers)';
  const printed = execFileSync(process.execPath, ["--input-type=commonjs", "--eval", program], { cwd: root, encoding: "utf8" });
  assert.equal(printed, "function\n");
});

test("a damaged component is not run", () => {
  const folder = mkdtempSync(join(tmpdir(), "stytch-users-"));
  execFileSync("cp", ["-r", join(root, "dist"), join(root, "package.json"), folder]);
  const bytes = readFileSync(join(root, "stytch.wasm"));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(join(folder, "stytch.wasm"), bytes);
  const program = `
    import { StytchUsers } from "@stytch-host/users";
    const stytch = new StytchUsers({ projectId: "p", secret: "s", baseUrl: "http://127.0.0.1:1" });
    await stytch.check().catch(({ code, message }) => console.log(code, message));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder, encoding: "utf8" });
  assert.match(printed, /^plugin_failed .*install the package again/);
});

test("the README's example runs", async () => {
  await using stytch = await emulator();
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, example = ""] = /```js\n([^]*?)```/.exec(readme) ?? [];
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", example], {
    cwd: root,
    env: { STYTCH_PROJECT_ID: stytch.projectId, STYTCH_SECRET: stytch.secret, STYTCH_BASE_URL: stytch.baseUrl },
  });
  assert.match(stdout, /^user-test-\S+ active\n\d+ \{[^]*complete: true[^]*\}\nno such user\n$/);
});
