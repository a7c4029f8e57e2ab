// The package, from the component and its contract:
//
//   stytch-host export → stytch.wasm, src/digest.ts
//   wit/               → src/contract.ts
//   src/               → dist/
//
// The variable STYTCH_HOST names the program; without it, cargo builds it.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { contract } from "./contract.ts";

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const run = (command: string, args: string[]) =>
  execFileSync(command, args, { cwd: here("."), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const { STYTCH_HOST } = process.env;
const exportTo = ["export", here("stytch.wasm")];
rmSync(here("stytch.wasm"), { force: true });
const said = STYTCH_HOST
  ? run(STYTCH_HOST, exportTo)
  : run("cargo", ["run", "--quiet", "--locked", "--", ...exportTo]);

const digest = createHash("sha256").update(readFileSync(here("stytch.wasm"))).digest("hex");
if (!said.includes(digest)) throw new Error(`stytch.wasm has the digest ${digest}, and stytch-host says ${said}`);
writeFileSync(
  here("src/digest.ts"),
  `// Made by scripts/build.ts.\n\n/** The SHA-256 of the component in this package, which \`stytch-host export\` prints, too. */\nexport const DIGEST = "${digest}";\n`,
);
writeFileSync(here("src/contract.ts"), contract(here("../../wit")));

rmSync(here("dist"), { force: true, recursive: true });
run(process.execPath, [here("node_modules/typescript/bin/tsc"), "--project", here("tsconfig.build.json")]);
console.log(`stytch.wasm sha256:${digest}`);
