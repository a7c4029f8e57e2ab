// The filters of the contract → the form, and back.

import { type Filter, FILTERS } from '#users';
import { type INodeProperties, type INodePropertyCollection, UserError } from 'n8n-workflow';

type Name = keyof typeof FILTERS;

/** One entry of the form: that of a filter, or of a custom one. */
export interface Entry {
	value?: unknown;
	greater_than?: unknown;
	less_than?: unknown;
	filter_name?: unknown;
	filter_value?: unknown;
}

/** What the form has, by the names of the filters. */
export type Entries = Partial<Record<Name | 'custom', Entry[]>>;

const ACRONYMS: Record<string, string> = { id: 'ID', oauth: 'OAuth', totp: 'TOTP', webauthn: 'WebAuthn' };

const title = (name: string) =>
	name
		.split('_')
		.map((word) => ACRONYMS[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
		.join(' ');

const time = (displayName: string, name: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'dateTime',
	default: '',
	description,
});

function fields(name: Name): INodeProperties[] {
	const { value } = FILTERS[name];
	// n8n shows descriptions as HTML.
	const docs = FILTERS[name].docs.replace(/`([^`]+)`/g, '<code>$1</code>');
	const field = { displayName: 'Value', name: 'value', description: docs };
	switch (value) {
		case 'boolean':
			return [{ ...field, type: 'boolean', default: true }];
		case 'list':
			return [{ ...field, displayName: 'Values', type: 'string', default: '', description: `${docs} Separate several with commas.` }];
		case 'range':
			return [
				time('After', 'greater_than', 'Created after this instant'),
				time('Before', 'less_than', 'Created before this instant'),
			];
		case 'text':
			if (name === 'status') {
				const options = ['active', 'pending'].map((status) => ({ name: title(status), value: status }));
				return [{ ...field, type: 'options', options, default: 'active' }];
			}
			return name.startsWith('created_at')
				? [time('Time', 'value', docs)]
				: [{ ...field, type: 'string', default: '' }];
	}
}

const CUSTOM: INodePropertyCollection = {
	name: 'custom',
	displayName: 'Custom',
	values: [
		{
			displayName: 'Filter Name',
			name: 'filter_name',
			type: 'string',
			default: '',
			description: 'The filter_name of a filter that this node does not know yet',
		},
		{
			displayName: 'Filter Value',
			name: 'filter_value',
			type: 'json',
			default: '""',
			description: 'Its filter_value, as JSON',
		},
	],
};

/** An entry of the form for each filter. */
export const FILTER_FORM: INodePropertyCollection[] = [
	...(Object.keys(FILTERS) as Name[])
		.map((name) => ({ name, displayName: title(name), values: fields(name) }))
		.sort((one, other) => one.displayName.localeCompare(other.displayName)),
	CUSTOM,
];

/** The filters that were filled in. `timezone` is of times that do not say theirs. */
export function filtersOf(entries: Entries, timezone: string): Filter[] {
	return Object.entries(entries).flatMap(([name, list]) =>
		(list ?? []).map((entry) => filterOf(name as Name | 'custom', entry, timezone)),
	);
}

function filterOf(name: Name | 'custom', entry: Entry, timezone: string): Filter {
	if (name === 'custom') {
		return { filter_name: String(entry.filter_name), filter_value: parsed('Filter Value', entry.filter_value) };
	}
	return { filter_name: name, filter_value: valueOf(name, entry, timezone) } as Filter;
}

function valueOf(name: Name, entry: Entry, timezone: string): unknown {
	switch (FILTERS[name].value) {
		case 'boolean':
			return entry.value;
		case 'list':
			return listed(entry.value);
		case 'range':
			return {
				greater_than: withOffset(entry.greater_than, timezone),
				less_than: withOffset(entry.less_than, timezone),
			};
		case 'text':
			return name.startsWith('created_at') ? withOffset(entry.value, timezone) : entry.value;
	}
}

/** An expression may give a list already. */
function listed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	return value
		.split(',')
		.map((item) => item.trim())
		.filter((item) => item !== '');
}

/** The parameter's value: JSON, as text or already parsed. */
export function parsed(parameter: string, value: unknown) {
	if (typeof value !== 'string') return value;
	let reason: string;
	try {
		return JSON.parse(value);
	} catch (error) {
		reason = (error as Error).message;
	}
	throw new UserError(`${parameter} is not JSON: ${reason}`);
}

/** Adds the offset of the time zone to a time without one, such as those of n8n's picker. */
export function withOffset(value: unknown, timeZone: string): string {
	const text = typeof value === 'string' ? value : ((value as { toISO?: () => string } | null)?.toISO?.() ?? String(value));
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)) return text;
	const seconds = text.length === 16 ? `${text}:00` : text;
	const asIfUtc = Date.parse(`${seconds}Z`);
	// The component says what is wrong with it.
	if (Number.isNaN(asIfUtc)) return text;
	// Near a change of the clocks, only the offset of about the right instant is the right one.
	const near = Date.parse(seconds + offsetAt(asIfUtc, timeZone));
	return seconds + offsetAt(near, timeZone);
}

/** The time zone's offset at an instant, such as `+01:00`. */
function offsetAt(instant: number, timeZone: string): string {
	const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
	const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value;
	return name?.replace('GMT', '') || '+00:00';
}
