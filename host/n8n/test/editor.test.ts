// The node in n8n's editor, with Chromium.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { emulator, type Emulator } from '../../node/test/support/host.ts';
import { N8n } from './n8n.ts';

const { N8N = '', SCREENSHOTS } = process.env;

/** Chromium, where there is one. */
function chromium(): string | undefined {
	const { CHROMIUM } = process.env;
	if (CHROMIUM) return CHROMIUM;
	try {
		return execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome'], { encoding: 'utf8' }).trim();
	} catch {
		return undefined;
	}
}

const executablePath = chromium();
const skip = executablePath ? false : 'there is no Chromium';

const OWNER = { email: 'owner@example.com', firstName: 'An', lastName: 'Owner', password: 'Passw0rd-for-tests' };

let stytch: Emulator;
let n8n: N8n;
// Of playwright-core, which is installed with n8n.
let browser: any;
let page: any;

before(async () => {
	if (skip) return;
	stytch = await emulator('--users', '250');
	n8n = await N8n.install();
	await n8n.importCredentials({ good: { ...stytch }, wrong: { ...stytch, secret: 'secret-test-wrong' } });
	await n8n.importWorkflow('editor', {
		'Stytch Users': { credential: 'good', parameters: { operation: 'retrieve', userId: 'ada.lovelace', options: {}, simplify: true } },
	});
	await n8n.start();
	const { chromium } = createRequire(join(N8N, 'package.json'))('playwright-core');
	browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
	page = await (await browser.newContext({ viewport: { width: 1400, height: 900 }, baseURL: n8n.url })).newPage();
	await page.goto('/setup');
	for (const [name, value] of Object.entries(OWNER)) await page.fill(`input[name="${name}"]`, value);
	await page.click('button[type="submit"], [data-test-id="form-submit-button"]');
	await page.waitForURL(/\/(home|workflows?|setup\/.*)/);
});

after(async () => {
	await browser?.close();
	await n8n?.[Symbol.asyncDispose]();
	await stytch?.[Symbol.asyncDispose]();
});

/** For the README. */
async function screenshot(name: string): Promise<void> {
	if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

async function openNode(): Promise<void> {
	await page.goto('/workflow/editor');
	await page.locator('[data-test-id="canvas-node"][data-node-name="Stytch Users"]').dblclick();
	await page.locator('[data-test-id="ndv"], [data-test-id="ndv-wrapper"]').first().waitFor();
}

test('the form shows what the contract has', { skip }, async () => {
	await openNode();
	const form = page.locator('[data-test-id="node-parameters"]');
	await form.getByText('User ID').first().waitFor();
	await screenshot('retrieve');
	assert.ok(true);
});

test('a step runs, and its output is shown', { skip }, async () => {
	await openNode();
	await page.locator('[data-test-id="node-execute-button"]').click();
	await page.locator('[data-test-id="output-panel"]').getByText('ada.lovelace').first().waitFor();
	await screenshot('output');
});
