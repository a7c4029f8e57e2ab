// The node in n8n's editor, with Chromium. With the variable SCREENSHOTS, the folder where to
// put them, it makes those of the README.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { FILTERS } from '../users/dist/index.js';
import { emulator, type Emulator } from '../../node/test/support/host.ts';
import { N8n } from './n8n.ts';

const { SCREENSHOTS } = process.env;

/** The program, where there is one. */
function installed(): string | undefined {
	const { CHROMIUM } = process.env;
	if (CHROMIUM) return CHROMIUM;
	try {
		return execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome'], { encoding: 'utf8' }).trim();
	} catch {
		return undefined;
	}
}

const executablePath = installed();
const skip = executablePath ? false : 'there is no Chromium';
const TIMEOUT = { timeout: 300_000 };

let stytch: Emulator | undefined;
let n8n: N8n | undefined;
let browser: Browser | undefined;
let page: Page;

before(async () => {
	if (skip) return;
	stytch = await emulator('--users', '250');
	n8n = await N8n.install();
	await n8n.importCredentials({
		'Stytch, test environment': { ...stytch },
		'Wrong secret': { ...stytch, secret: 'secret-test-wrong' },
	});
	const node = {
		'Stytch Users': {
			credential: 'Stytch, test environment',
			parameters: { operation: 'retrieve', userId: 'ada.lovelace', options: {}, simplify: true },
		},
	};
	// One for each test: the editor saves what is changed.
	await n8n.importWorkflow('retrieve', node);
	await n8n.importWorkflow('search', node);
	await n8n.start();
	browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
	const context = await browser.newContext({ viewport: { width: 1280, height: 840 }, reducedMotion: 'reduce', baseURL: n8n.url });
	page = await context.newPage();
	page.setDefaultTimeout(30_000);
	const owner = { email: 'owner@example.com', firstName: 'An', lastName: 'Owner', password: 'Passw0rd-for-tests' };
	const response = await page.request.post('/rest/owner/setup', { data: owner });
	assert.ok(response.ok(), await response.text());
}, TIMEOUT);

after(async () => {
	await browser?.close();
	await n8n?.[Symbol.asyncDispose]();
	await stytch?.[Symbol.asyncDispose]();
}, TIMEOUT);

/** Without what n8n lays over the node. */
const STYLE = '.el-notification, [data-test-id="floating-nodes"] { display: none !important }';

async function screenshot(name: string, of: Locator): Promise<void> {
	if (!SCREENSHOTS) return;
	// Where the pointer is, there may be a tooltip.
	await page.mouse.move(0, 0);
	await of.screenshot({ path: resolve(SCREENSHOTS, `${name}.png`), animations: 'disabled', style: STYLE });
}

const testId = (id: string) => page.locator(`[data-test-id="${id}"]`);

/** Opens the node of a workflow. */
async function openNode(workflow: string): Promise<{ node: Locator; form: Locator; output: Locator }> {
	await page.goto(`/workflow/${workflow}`);
	await page.locator('[data-test-id="canvas-node"][data-node-name="Stytch Users"]').dblclick();
	const node = testId('ndv');
	await node.waitFor();
	return { node, form: testId('node-parameters'), output: testId('output-panel') };
}

/** Runs the node that is open, and waits for its end. */
async function executeStep(): Promise<void> {
	await testId('node-execute-button').click();
	await testId('output-panel').getByText(/\d+ items?$/).first().waitFor();
}

test('a user is retrieved, and shown', { skip, ...TIMEOUT }, async () => {
	const { node, form, output } = await openNode('retrieve');
	assert.equal(await form.locator('[data-test-id="parameter-input-userId"] input').inputValue(), 'ada.lovelace');
	await executeStep();
	await output.locator('[data-test-id="radio-button-json"]').click();
	await output.getByText('Ada King Lovelace').waitFor();
	await screenshot('output', node);
});

test('the form has the filters of the contract, and searches with them', { skip, ...TIMEOUT }, async () => {
	const { node, form, output } = await openNode('search');
	await form.locator('[data-test-id="parameter-input-operation"]').click();
	await page.getByRole('option', { name: /^Search Users/ }).click();

	const addFilter = form.getByPlaceholder('Add Filter');
	await addFilter.click();
	const option = page.locator(`[id="${await addFilter.getAttribute('aria-controls')}"]`).getByRole('option');
	await option.filter({ hasText: 'Custom' }).waitFor();
	const names = (await option.allInnerTexts()).map((name) => name.toLowerCase().replaceAll(' ', '_'));
	assert.deepEqual(names.sort(), [...Object.keys(FILTERS), 'custom'].sort());

	await option.getByText('Email Address', { exact: true }).click();
	await form.locator('[data-test-id="parameter-input-value"] input').fill('ada@example.com, ghopper@example.com');
	await addFilter.click();
	await option.getByText('Status', { exact: true }).click();
	await form.getByText('Status', { exact: true }).waitFor();
	await executeStep();
	await output.getByText('2 items').waitFor();
	for (const id of ['ada.lovelace', 'grace_hopper']) await output.getByText(id).waitFor();
	await screenshot('search', node);
});

test('the credential is tested', { skip, ...TIMEOUT }, async () => {
	await page.goto('/home/credentials');
	const dialog = testId('credential-edit-dialog');
	await page.getByText('Stytch, test environment', { exact: true }).click();
	await dialog.getByText('Connection tested successfully').waitFor();
	// Of n8n's copy of the secret, the editor gets none.
	assert.ok(!(await page.content()).includes(stytch?.secret ?? ''));
	await dialog.getByRole('button', { name: 'Retry' }).waitFor();
	await screenshot('credential', testId('editCredential-modal'));
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'hidden' });

	await page.getByText('Wrong secret', { exact: true }).click();
	await dialog.getByText('Couldn’t connect with these settings').waitFor();
	await dialog.getByText('More details').click();
	await dialog.getByText(/Stytch refused the credential \(status 401\)/).waitFor();
});
