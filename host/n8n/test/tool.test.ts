// The node as a tool of agents: n8n offers it over MCP, as it would to an agent of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { emulator, type Emulator } from '../../node/test/support/host.ts';
import { N8n } from './n8n.ts';

const TIMEOUT = { timeout: 300_000 };

let stytch: Emulator | undefined;
let n8n: N8n;
let session: string;

before(async () => {
	stytch = await emulator();
	n8n = await N8n.install();
	await n8n.importCredentials({ good: { ...stytch } });
	await n8n.importTool('users', 'Look up', {
		credential: 'good',
		parameters: {
			operation: 'retrieve',
			userId: "={{ $fromAI('user_id', 'ID of a user', 'string') }}",
			simplify: true,
			options: {},
		},
	});
	await n8n.start();
	// It publishes workflows when it is ready already.
	await n8n.until(async () => (await fetch(`${n8n.url}/mcp/users`, { method: 'DELETE' })).status !== 404);
	const clientInfo = { name: 'test', version: '1' };
	const response = await post({ id: 0, method: 'initialize', params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo } });
	session = response.headers.get('mcp-session-id') ?? '';
}, TIMEOUT);

after(async () => {
	await n8n?.[Symbol.asyncDispose]();
	await stytch?.[Symbol.asyncDispose]();
}, TIMEOUT);

async function post(message: object): Promise<Response> {
	const response = await fetch(`${n8n.url}/mcp/users`, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			accept: 'application/json, text/event-stream',
			...(session && { 'mcp-session-id': session }),
		},
		body: JSON.stringify({ jsonrpc: '2.0', ...message }),
		signal: AbortSignal.timeout(30_000),
	});
	assert.equal(response.status, 200);
	return response;
}

/** The result of a request, which comes as an event. */
async function request<T>(method: string, params: object): Promise<T> {
	const text = await (await post({ id: 1, method, params })).text();
	return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '').result;
}

interface Called {
	content: { text: string }[];
	isError?: boolean;
}
const call = (user_id: string) => request<Called>('tools/call', { name: 'Look_up', arguments: { user_id } });

test('an agent sees what it may fill in', TIMEOUT, async () => {
	const { tools } = await request<{ tools: { name: string; inputSchema: { properties: object } }[] }>('tools/list', {});
	assert.deepEqual(
		tools.map(({ name, inputSchema }) => [name, inputSchema.properties]),
		[['Look_up', { user_id: { type: 'string', description: 'ID of a user' } }]],
	);
});

test('an agent gets a user', TIMEOUT, async () => {
	const { content, isError } = await call('ada.lovelace');
	assert.ok(!isError);
	const [user, ...others] = JSON.parse(content[0]?.text ?? '');
	assert.deepEqual([user.external_id, user.name, others.length], ['ada.lovelace', 'Ada King Lovelace', 0]);
});

test('an agent gets an error that says what happened', TIMEOUT, async () => {
	const { content, isError } = await call('nobody');
	assert.ok(isError);
	assert.match(content[0]?.text ?? '', /not found \(status 404\).*No user has this Stytch ID or external ID/s);
});
