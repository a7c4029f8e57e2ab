// Workflows of the node, run by n8n.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { emulator, type Emulator, invoke } from '../../node/test/support/host.ts';
import { N8n, type Node, type Ran } from './n8n.ts';

const FILTERS = { specifyQuery: 'filters', operator: 'AND', options: {}, returnAll: true };

const retrieve = (userId: string, more: Record<string, unknown> = {}) => ({ operation: 'retrieve', userId, options: {}, simplify: false, ...more });
const search = (more: Record<string, unknown>) => ({ operation: 'search', simplify: false, ...FILTERS, ...more });

const continues = { onError: 'continueRegularOutput' } as const;

let stytch: Emulator;
let limited: Emulator;
let n8n: N8n;
let ran: Record<string, Ran>;

const nodes: Record<string, Node> = {
	Ada: { credential: 'good', parameters: retrieve('ada.lovelace') },
	Simplified: { credential: 'good', parameters: retrieve('ada.lovelace', { simplify: true }) },
	Nobody: { credential: 'good', parameters: retrieve('nobody'), ...continues },
	'Bad ID': { credential: 'good', parameters: retrieve('../sessions'), ...continues },
	'Wrong secret': { credential: 'wrong', parameters: retrieve('ada.lovelace'), ...continues },
	'Wrong environment': { credential: 'live', parameters: retrieve('ada.lovelace'), ...continues },
	Everybody: { credential: 'good', parameters: search({ options: { pageSize: 100 } }) },
	Limited: { credential: 'good', parameters: search({ returnAll: false, limit: 7, simplify: true }) },
	Filtered: {
		credential: 'good',
		parameters: search({
			operator: 'OR',
			filters: {
				email_address: [{ value: 'ada@example.com, grace@example.com' }],
				created_at_between: [{ greater_than: '2020-01-01T00:00:00', less_than: '2020-02-01T00:00:00' }],
				password_exists: [{ value: false }],
				custom: [{ filter_name: 'full_name_fuzzy', filter_value: '"Hop"' }],
			},
		}),
	},
	JSON: {
		credential: 'good',
		parameters: search({
			specifyQuery: 'json',
			query: '{"operator":"AND","operands":[{"filter_name":"status","filter_value":"pending"}]}',
		}),
	},
	'Bad JSON': { credential: 'good', parameters: search({ specifyQuery: 'json', query: '{' }), ...continues },
	'Bad filter': { credential: 'good', parameters: search({ filters: { custom: [{ filter_name: 'status', filter_value: '7' }] } }), ...continues },
	// Two requests of four get a 429.
	'429, retried': { credential: 'limited', parameters: retrieve('ada.lovelace'), after: ['Start'] },
	'429': { credential: 'limited', parameters: retrieve('ada.lovelace', { options: { retries: 0 } }), after: ['429, retried'], ...continues },
	IDs: {
		type: 'n8n-nodes-base.set',
		parameters: { mode: 'raw', jsonOutput: '{"ids":["ada.lovelace","nobody","grace_hopper","","ada.lovelace"]}', options: {} },
	},
	Each: { type: 'n8n-nodes-base.splitOut', parameters: { fieldToSplitOut: 'ids', options: {} }, after: ['IDs'] },
	'Each user': { credential: 'good', parameters: retrieve('={{ $json.ids }}', { simplify: true }), after: ['Each'], ...continues },
};

before(async () => {
	stytch = await emulator('--users', '250');
	limited = await emulator('--chaos', '429@1,429@3,retry-after=1s');
	n8n = await N8n.install();
	await n8n.importCredentials({
		good: { ...stytch },
		limited: { ...limited },
		wrong: { ...stytch, secret: 'secret-test-wrong' },
		live: { ...stytch, environment: 'live' },
	});
	await n8n.importWorkflow('all', nodes);
	await n8n.importWorkflow('stops', { Nobody: { credential: 'good', parameters: retrieve('nobody') } });
	ran = await n8n.execute('all');
});

after(async () => {
	await n8n?.[Symbol.asyncDispose]();
	await stytch?.[Symbol.asyncDispose]();
	await limited?.[Symbol.asyncDispose]();
});

const only = (name: string) => {
	assert.equal(ran[name]?.items.length, 1, `${name}: ${JSON.stringify(ran[name])}`);
	return ran[name].items[0]!.json;
};
const users = (name: string) => ran[name]?.items.map(({ json }) => json) ?? [];
const expected = async (operation: string, input: object): Promise<any> => invoke(stytch, operation, input);

test('a user, as Stytch sends it', async () => {
	const { request_id, ...user } = only('Ada');
	assert.match(request_id, /^request-id-test-/);
	const { request_id: _, ...others } = await expected('retrieve-user', { user_id: 'ada.lovelace' });
	assert.deepEqual(user, others);
});

test('a user, simplified', () => {
	const { external_id, name, email, email_verified, roles } = only('Simplified');
	assert.deepEqual([external_id, email_verified], ['ada.lovelace', true]);
	assert.ok(name.startsWith('Ada') && email.includes('@') && Array.isArray(roles));
});

test('errors do not stop a workflow that continues', () => {
	for (const [name, code] of [
		['Nobody', 'not_found'],
		['Bad ID', 'invalid_input'],
		['Wrong secret', 'unauthorized'],
		['Bad filter', 'invalid_input'],
		['429', 'rate_limited'],
	] as const) {
		const { error, details } = only(name);
		assert.equal(details.code, code, name);
		assert.equal(details.message, error);
	}
	assert.match(only('Wrong environment').error, /set to live, but the project ID is for test/);
	assert.match(only('Bad JSON').error, /JSON/);
});

test('an error stops a workflow, and says what to do', async () => {
	const { Nobody } = await n8n.execute('stops');
	assert.match(Nobody?.error?.message ?? '', /^not found \(status 404\)/);
	assert.match(Nobody?.error?.description ?? '', /No user has this Stytch ID or external ID/);
	assert.equal(Nobody?.error?.httpCode, '404');
});

test('all users, over three pages', async () => {
	const ids = new Set(users('Everybody').map(({ user_id }) => user_id));
	const { results_metadata } = await expected('search-users', { limit: 1 });
	assert.equal(ids.size, results_metadata.total);
	assert.ok(ids.size > 200);
	assert.deepEqual(ran.Everybody?.hints, []);
	assert.ok(ran.Everybody?.items.every(({ pairedItem }) => pairedItem?.item === 0));
});

test('limits, filters and JSON', async () => {
	assert.equal(users('Limited').length, 7);
	const same = async (name: string, query: object) => {
		const { results } = await expected('search-users', { query, limit: 1000 });
		assert.ok(results.length > 0, name);
		assert.deepEqual(users(name), results, name);
	};
	await same('JSON', { operator: 'AND', operands: [{ filter_name: 'status', filter_value: 'pending' }] });
	await same('Filtered', {
		operator: 'OR',
		operands: [
			{ filter_name: 'email_address', filter_value: ['ada@example.com', 'grace@example.com'] },
			// Berlin's winter.
			{ filter_name: 'created_at_between', filter_value: { greater_than: '2020-01-01T00:00:00+01:00', less_than: '2020-02-01T00:00:00+01:00' } },
			{ filter_name: 'password_exists', filter_value: false },
			{ filter_name: 'full_name_fuzzy', filter_value: 'Hop' },
		],
	});
});

test('a 429 is retried', () => {
	assert.equal(only('429, retried').external_id, 'ada.lovelace');
});

test('each item has its own result, or its own error', () => {
	const found = ran['Each user']?.items.map(({ json, pairedItem }) => [json.external_id ?? json.details?.code, pairedItem?.item]);
	assert.deepEqual(found, [
		['ada.lovelace', 0],
		['not_found', 1],
		['grace_hopper', 2],
		['invalid_input', 3],
		['ada.lovelace', 4],
	]);
});
