// Copies the package @stytch-host/users, built, into this one: n8n's community nodes have no
// dependencies of their own.

import { cpSync, rmSync } from 'node:fs';

const here = (path) => new URL(`../${path}`, import.meta.url);

rmSync(here('users'), { force: true, recursive: true });
for (const path of ['package.json', 'stytch.wasm', 'dist']) {
	cpSync(here(`../node/${path}`), here(`users/${path}`), { recursive: true });
}
