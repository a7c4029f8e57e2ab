// The form of the node.

import { OPERATIONS } from '#users';
import type { INodeProperties } from 'n8n-workflow';
import { FILTER_FORM } from './filters';

/** The first sentence of a documentation comment. */
const summary = (docs: string) => docs.replace(/\s+/g, ' ').replace(/\.( .*)?$/, '');

const forRetrieval = { show: { operation: ['retrieve'] } };
const forSearch = { show: { operation: ['search'] } };

export const properties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Retrieve User',
				value: 'retrieve',
				action: 'Retrieve a user',
				description: summary(OPERATIONS['retrieve-user']),
			},
			{
				name: 'Search Users',
				value: 'search',
				action: 'Search users',
				description: 'Searches users, over as many pages as that takes',
			},
		],
		default: 'retrieve',
	},
	{
		displayName: 'User ID',
		name: 'userId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'user-test-…',
		description: 'Stytch’s ID of the user, or your external ID',
		displayOptions: forRetrieval,
	},
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions: forSearch,
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { operation: ['search'], returnAll: [false] } },
	},
	{
		displayName: 'Specify Query',
		name: 'specifyQuery',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Using Filters Below', value: 'filters' },
			{ name: 'Using JSON', value: 'json', description: 'Stytch’s own query: operator and operands' },
		],
		default: 'filters',
		displayOptions: forSearch,
	},
	{
		displayName: 'Users Must Match',
		name: 'operator',
		type: 'options',
		options: [
			{ name: 'All Filters', value: 'AND' },
			{ name: 'Any Filter', value: 'OR', description: 'Stytch calls this a legacy operator' },
		],
		default: 'AND',
		displayOptions: { show: { operation: ['search'], specifyQuery: ['filters'] } },
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Filter',
		default: {},
		description: 'Without a filter, every user is found',
		options: FILTER_FORM,
		displayOptions: { show: { operation: ['search'], specifyQuery: ['filters'] } },
	},
	{
		displayName: 'Query',
		name: 'query',
		type: 'json',
		default: '{\n  "operator": "AND",\n  "operands": [\n    { "filter_name": "status", "filter_value": "active" }\n  ]\n}',
		displayOptions: { show: { operation: ['search'], specifyQuery: ['json'] } },
	},
	{
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Cursor',
				name: 'cursor',
				type: 'string',
				default: '',
				description: 'Where to go on: the next_cursor of an earlier search with the same query, whose output was an item for each page',
				displayOptions: { show: { '/operation': ['search'] } },
			},
			{
				displayName: 'Output',
				name: 'output',
				type: 'options',
				options: [
					{ name: 'An Item for Each User', value: 'users' },
					{ name: 'An Item for Each Page', value: 'pages', description: 'With results, total and next_cursor, as Stytch sends them' },
				],
				default: 'users',
				description: 'What the items of the output are',
				displayOptions: { show: { '/operation': ['search'] } },
			},
			{
				displayName: 'Page Size',
				name: 'pageSize',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1000 },
				default: 1000,
				description: 'How many users a request asks for. Stytch takes 150 searches a minute.',
				displayOptions: { show: { '/operation': ['search'] } },
			},
			{
				displayName: 'Retries',
				name: 'retries',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 2,
				description: 'How often to repeat a request after a failure that may pass',
			},
			{
				displayName: 'Timeout',
				name: 'timeout',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 60,
				description: 'How many seconds a request may take, with its retries and waits',
			},
		],
	},
];
