import { type SearchRequest, StytchUsersError, type User } from '#users';
import {
	type ICredentialsDecrypted,
	type ICredentialTestFunctions,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeCredentialTestResult,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type JsonObject,
	NodeApiError,
	NodeConnectionTypes,
	NodeOperationError,
} from 'n8n-workflow';
import { client } from './client';
import { properties } from './description';
import { type Entries, filtersOf, parsed } from './filters';
import { simplified } from './simplify';

/** How many items are looked up at a time. */
const AT_ONCE = 10;

/** The parameter `options`. */
interface Options {
	cursor?: string;
	output?: 'users' | 'pages';
	pageSize?: number;
	retries?: number;
	timeout?: number;
}

/** What to do about an error, by its code. */
const ADVICE: Partial<Record<StytchUsersError['code'], string>> = {
	misconfigured: 'Open the credential and correct it',
	unauthorized: 'Stytch refused the credential. Open it, and check the project ID, the secret and the environment.',
	not_found: 'No user has this Stytch ID or external ID in this environment',
	rate_limited: 'Add a Wait node, or loop over fewer items at a time',
	unavailable: 'Stytch, or a proxy in front of it, failed. Try again later.',
};

export class StytchUsers implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Stytch Users',
		name: 'stytchUsers',
		icon: { light: 'file:../../icons/stytchUsers.svg', dark: 'file:../../icons/stytchUsers.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: '={{ $parameter["operation"] === "retrieve" ? "Retrieve User" : "Search Users" }}',
		description: 'Looks up and searches the users of a Stytch project',
		defaults: { name: 'Stytch Users' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'stytchUsersApi', required: true, testedBy: 'stytchUsersApiTest' }],
		properties,
	};

	methods = {
		credentialTest: {
			async stytchUsersApiTest(
				this: ICredentialTestFunctions,
				{ data }: ICredentialsDecrypted,
			): Promise<INodeCredentialTestResult> {
				try {
					const { environment, base_url } = await client(data ?? {}, { retries: 0 }).check();
					return { status: 'OK', message: `${base_url} accepts it, for the ${environment} environment` };
				} catch (error) {
					return { status: 'Error', message: (error as Error).message };
				}
			},
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const output: INodeExecutionData[][] = [];
		const indices = this.getInputData().map((_, index) => index);
		// The first error that stops the workflow ends the calls of the other items, too.
		const stop = new AbortController();
		const cancelled = this.getExecutionCancelSignal();
		const signal = cancelled ? AbortSignal.any([cancelled, stop.signal]) : stop.signal;
		try {
			for (let start = 0; start < indices.length; start += AT_ONCE) {
				const some = indices.slice(start, start + AT_ONCE).map((index) => item(this, index, signal));
				output.push(...(await Promise.all(some)));
			}
		} finally {
			stop.abort();
		}
		return [output.flat()];
	}
}

/** The results of one item, or its error where that does not stop the workflow. */
async function item(context: IExecuteFunctions, index: number, signal: AbortSignal): Promise<INodeExecutionData[]> {
	try {
		const results = await resultsOf(context, index, signal);
		return results.map((json) => ({ json, pairedItem: { item: index } }));
	} catch (cause) {
		signal.throwIfAborted();
		if (!context.continueOnFail()) throw nodeError(context.getNode(), cause, index);
		// With these two members and no others, n8n puts the item on the node's error output.
		const json: IDataObject = { error: (cause as Error).message };
		if (cause instanceof StytchUsersError) json.details = { ...cause.toJSON() };
		return [{ json, pairedItem: { item: index } }];
	}
}

function nodeError(node: INode, cause: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (!(cause instanceof StytchUsersError)) return new NodeOperationError(node, cause as Error, { itemIndex });
	const { code, message, statusCode } = cause;
	return new NodeApiError(node, cause.toJSON() as unknown as JsonObject, {
		message,
		description: ADVICE[code],
		httpCode: statusCode === null ? undefined : String(statusCode),
		itemIndex,
	});
}

async function resultsOf(context: IExecuteFunctions, index: number, signal: AbortSignal): Promise<IDataObject[]> {
	const options = context.getNodeParameter('options', index, {}) as Options;
	const { retries, timeout = 60 } = options;
	const credential = await context.getCredentials('stytchUsersApi', index);
	const stytch = client(credential, { retries, timeoutMs: timeout * 1000 });

	const simplify = context.getNodeParameter('simplify', index) as boolean;
	const shown = (user: User) => (simplify ? simplified(user) : (user as unknown as IDataObject));

	if (context.getNodeParameter('operation', index) === 'retrieve') {
		// An expression may give a number, which an external ID can be.
		const userId = String(context.getNodeParameter('userId', index) ?? '');
		return [shown(await stytch.retrieveUser(userId, { signal }))];
	}

	const returnAll = context.getNodeParameter('returnAll', index) as boolean;
	const maxUsers = returnAll ? undefined : (context.getNodeParameter('limit', index) as number);
	const search = stytch.searchAll(requestOf(context, index, options), { signal, maxUsers });
	const found: IDataObject[] = [];
	for await (const users of search.pages()) {
		const results = users.map(shown);
		const { totalAtEnd, nextCursor } = search.receipt;
		if (options.output !== 'pages') found.push(...results);
		else found.push({ results, results_metadata: { total: totalAtEnd, next_cursor: nextCursor } });
	}
	const { complete, uniqueUsers, totalAtEnd } = search.receipt;
	if (returnAll && !complete && !options.cursor) {
		context.addExecutionHints({
			message: `Stytch says that ${totalAtEnd} users match, but sent ${uniqueUsers}. Users may have been created or deleted in the meantime.`,
			location: 'outputPane',
		});
	}
	return found;
}

function requestOf(context: IExecuteFunctions, index: number, { cursor, pageSize = 1000 }: Options): SearchRequest {
	const common = { limit: pageSize, cursor: cursor || null };
	if (context.getNodeParameter('specifyQuery', index) === 'json') {
		return { query: parsed('Query', context.getNodeParameter('query', index)), ...common };
	}
	const operator = context.getNodeParameter('operator', index) as 'AND' | 'OR';
	const entries = context.getNodeParameter('filters', index, {}) as Entries;
	return { query: { operator, operands: filtersOf(entries, context.getTimezone()) }, ...common };
}
