// Workflows of the node, run by n8n.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import { emulator, type Emulator, invoke } from '../../node/test/support/host.ts';
import { json, serve, type Server } from '../../node/test/support/server.ts';
import { type Item, N8n, type Node, type Ran } from './n8n.ts';

const FILTERS = { specifyQuery: 'filters', operator: 'AND', options: {}, returnAll: true };

const retrieve = (userId: string, more: Record<string, unknown> = {}) => ({ operation: 'retrieve', userId, options: {}, simplify: false, ...more });
const search = (more: Record<string, unknown>) => ({ operation: 'search', simplify: false, ...FILTERS, ...more });

const continues = { onError: 'continueRegularOutput' } as const;

const TIMEOUT = { timeout: 300_000 };

let stytch: Emulator;
let limited: Emulator;
/** Says that there are more users than it has. */
let forgetful: Server;
let n8n: N8n;
let ran: Record<string, Ran>;

const nodes: Record<string, Node> = {
	Ada: { credential: 'good', parameters: retrieve('ada.lovelace') },
	Simplified: { credential: 'good', parameters: retrieve('ada.lovelace', { simplify: true }) },
	Nobody: { credential: 'good', parameters: retrieve('nobody'), ...continues },
	'Bad ID': { credential: 'good', parameters: retrieve('../sessions'), ...continues },
	'Wrong secret': { credential: 'wrong', parameters: retrieve('ada.lovelace'), ...continues },
	Unreachable: { credential: 'unreachable', parameters: retrieve('ada.lovelace', { options: { retries: 0 } }), ...continues },
	'Wrong environment': { credential: 'live', parameters: retrieve('ada.lovelace'), ...continues },
	Everybody: { credential: 'good', parameters: search({ options: { pageSize: 100 } }) },
	Pages: { credential: 'good', parameters: search({ options: { pageSize: 100, output: 'pages' } }) },
	'Page 1': { credential: 'good', parameters: search({ returnAll: false, limit: 100, options: { output: 'pages' } }) },
	'Page 2': {
		credential: 'good',
		parameters: search({ returnAll: false, limit: 100, options: { cursor: '={{ $json.results_metadata.next_cursor }}' } }),
		after: ['Page 1'],
	},
	Incomplete: { credential: 'forgetful', parameters: search({}) },
	Limited: { credential: 'good', parameters: search({ returnAll: false, limit: 7, simplify: true }) },
	Filtered: {
		credential: 'good',
		parameters: search({
			operator: 'OR',
			filters: {
				email_address: [{ value: 'ada@example.com, ghopper@example.com' }],
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
	'429, retried': { credential: 'limited', parameters: retrieve('ada.lovelace') },
	'429, not retried': {
		credential: 'limited',
		parameters: retrieve('ada.lovelace', { options: { retries: 0 } }),
		after: ['429, retried'],
		...continues,
	},
	IDs: {
		type: 'n8n-nodes-base.set',
		parameters: { mode: 'raw', jsonOutput: '{"ids":["ada.lovelace","nobody","grace_hopper","","ada.lovelace",7]}', options: {} },
	},
	Each: { type: 'n8n-nodes-base.splitOut', parameters: { fieldToSplitOut: 'ids', options: {} }, after: ['IDs'] },
	'Each user': { credential: 'good', parameters: retrieve('={{ $json.ids }}', { simplify: true }), after: ['Each'], ...continues },
	'Each user, or error': {
		credential: 'good',
		parameters: retrieve('={{ $json.ids }}', { simplify: true }),
		after: ['Each'],
		onError: 'continueErrorOutput',
	},
};

before(async () => {
	stytch = await emulator('--users', '250');
	limited = await emulator('--chaos', '429@1,429@3,retry-after=1s');
	forgetful = await serve((socket) =>
		socket.end(json('200 OK', { results: [{ user_id: 'user-test-1' }], results_metadata: { total: 5, next_cursor: null } })),
	);
	n8n = await N8n.install();
	await n8n.importCredentials({
		good: { ...stytch },
		limited: { ...limited },
		forgetful: { ...stytch, baseUrl: forgetful.baseUrl },
		// Nothing listens there.
		unreachable: { ...stytch, baseUrl: 'http://127.0.0.1:1' },
		wrong: { ...stytch, secret: 'secret-test-wrong' },
		live: { ...stytch, environment: 'live' },
	});
	await n8n.importWorkflow('all', nodes);
	await n8n.importWorkflow('stops', { Nobody: { credential: 'good', parameters: retrieve('nobody') } });
	ran = await n8n.execute('all');
}, TIMEOUT);

after(async () => {
	await n8n?.[Symbol.asyncDispose]();
	await stytch?.[Symbol.asyncDispose]();
	await limited?.[Symbol.asyncDispose]();
	await forgetful?.[Symbol.asyncDispose]();
}, TIMEOUT);

/** The only item of a node. */
function only(name: string): IDataObject {
	const [item, ...others] = ran[name]?.items ?? [];
	assert.ok(item && others.length === 0, `${name}: ${JSON.stringify(ran[name])}`);
	return item.json;
}
const users = (name: string) => ran[name]?.items.map(({ json }) => json) ?? [];
const ids = (name: string) => users(name).map(({ user_id }) => user_id);
const expected = async (operation: string, input: object) => (await invoke(stytch, operation, input)) as IDataObject;

interface Page {
	results: IDataObject[];
	results_metadata: { total: number; next_cursor: string | null };
}
const searched = async (input: object) => (await invoke(stytch, 'search-users', input)) as Page;

test('a user, as Stytch sends it', async () => {
	const user = only('Ada');
	assert.match(String(user.request_id), /^request-id-test-/);
	// Each request has an ID of its own.
	const { request_id } = user;
	assert.deepEqual(user, { ...(await expected('retrieve-user', { user_id: 'ada.lovelace' })), request_id });
});

test('a user, simplified', () => {
	const { emails, phone_numbers, user_id, created_at } = only('Ada');
	const verified = (list: unknown) => (list as IDataObject[]).find(({ verified }) => verified);
	assert.deepEqual(only('Simplified'), {
		user_id,
		external_id: 'ada.lovelace',
		status: 'active',
		name: 'Ada King Lovelace',
		email: verified(emails)?.email,
		email_verified: true,
		phone_number: verified(phone_numbers)?.phone_number,
		phone_verified: true,
		is_locked: false,
		roles: only('Ada').roles,
		created_at,
	});
});

test('errors do not stop a workflow that continues', () => {
	for (const [name, code] of [
		['Nobody', 'not_found'],
		['Bad ID', 'invalid_input'],
		['Wrong secret', 'unauthorized'],
		['Unreachable', 'unreachable'],
		['Bad filter', 'invalid_input'],
		['429, not retried', 'rate_limited'],
	] as const) {
		const { error, details } = only(name) as { error: string; details: IDataObject };
		assert.equal(details.code, code, name);
		assert.equal(details.message, error);
	}
	assert.match(String(only('Wrong environment').error), /set to live, but the project ID is for test/);
	assert.match(String(only('Bad JSON').error), /^Query is not JSON: /);
});

test('the secret is in nothing that n8n records', () => {
	const text = JSON.stringify(ran);
	assert.ok(text.includes('ada.lovelace'));
	assert.ok(!text.includes(stytch.secret) && !text.includes('secret-test-wrong'));
});

test('an error stops a workflow, and says what to do', async () => {
	const { Nobody } = await n8n.execute('stops');
	assert.match(Nobody?.error?.message ?? '', /^not found \(status 404\)/);
	assert.match(Nobody?.error?.description ?? '', /No user has this Stytch ID or external ID/);
	assert.equal(Nobody?.error?.httpCode, '404');
});

test('all users, over three pages', async () => {
	const { total } = (await searched({ limit: 1 })).results_metadata;
	assert.ok(total > 200 && total < 300);
	assert.equal(new Set(ids('Everybody')).size, total);
	assert.deepEqual(ran.Everybody?.hints, []);
	assert.ok(ran.Everybody?.items.every(({ pairedItem }) => pairedItem?.item === 0));

	const pages = users('Pages') as unknown as Page[];
	assert.deepEqual(
		pages.map(({ results }) => results.length),
		[100, 100, total - 200],
	);
	assert.deepEqual(
		pages.flatMap(({ results }) => results.map(({ user_id }) => user_id)),
		ids('Everybody'),
	);
	assert.equal(pages[2]?.results_metadata.next_cursor, null);
	assert.ok(pages.every(({ results_metadata }) => results_metadata.total === total));
});

test('a search goes on at a cursor', () => {
	assert.deepEqual(ids('Page 2'), ids('Everybody').slice(100, 200));
});

test('a search that is not complete says so', () => {
	assert.deepEqual(ids('Incomplete'), ['user-test-1']);
	assert.match(ran.Incomplete?.hints[0]?.message ?? '', /^Stytch says that 5 users match, but sent 1\./);
});

test('limits, filters and JSON', async () => {
	assert.equal(users('Limited').length, 7);
	const same = async (name: string, query: object) => {
		const { results } = await searched({ query, limit: 1000 });
		assert.ok(results.length > 0, name);
		assert.deepEqual(users(name), results, name);
	};
	await same('JSON', { operator: 'AND', operands: [{ filter_name: 'status', filter_value: 'pending' }] });
	await same('Filtered', {
		operator: 'OR',
		operands: [
			{ filter_name: 'email_address', filter_value: ['ada@example.com', 'ghopper@example.com'] },
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
	const code = ({ json }: Item) => (json.details as IDataObject | undefined)?.code;
	const found = (name: string, output: 'items' | 'errors') =>
		ran[name]?.[output].map((item) => [item.json.external_id ?? code(item), item.pairedItem?.item]);
	assert.deepEqual(found('Each user', 'items'), [
		['ada.lovelace', 0],
		['not_found', 1],
		['grace_hopper', 2],
		['invalid_input', 3],
		['ada.lovelace', 4],
		['not_found', 5],
	]);
	assert.deepEqual(found('Each user, or error', 'items'), [
		['ada.lovelace', 0],
		['grace_hopper', 2],
		['ada.lovelace', 4],
	]);
	assert.deepEqual(found('Each user, or error', 'errors'), [
		['not_found', 1],
		['invalid_input', 3],
		['not_found', 5],
	]);
});
