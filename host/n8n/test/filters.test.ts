// What the form holds → Stytch's filters.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

// What was built, as n8n loads it.
const { filtersOf, withOffset }: typeof import('../nodes/StytchUsers/filters.ts') = createRequire(import.meta.url)(
	'../dist/nodes/StytchUsers/filters.js',
);

test('values of each kind', () => {
	const entries = {
		email_address: [{ value: ' ada@example.com,, ghopper@example.com ' }, { value: ['from@an.expression'] }],
		totp_id: [],
		password_exists: [{ value: false }],
		status: [{ value: 'pending' }],
		custom: [{ filter_name: 'new', filter_value: '{"a":[1]}' }],
	};
	assert.deepEqual(filtersOf(entries, 'UTC'), [
		{ filter_name: 'email_address', filter_value: ['ada@example.com', 'ghopper@example.com'] },
		{ filter_name: 'email_address', filter_value: ['from@an.expression'] },
		{ filter_name: 'password_exists', filter_value: false },
		{ filter_name: 'status', filter_value: 'pending' },
		{ filter_name: 'new', filter_value: { a: [1] } },
	]);
});

test('times without an offset get that of the time zone', () => {
	for (const [time, timeZone, expected] of [
		['2020-01-01T00:00:00', 'Europe/Berlin', '2020-01-01T00:00:00+01:00'],
		['2020-07-01T00:00', 'Europe/Berlin', '2020-07-01T00:00:00+02:00'],
		['2020-07-01T00:00:00.5', 'UTC', '2020-07-01T00:00:00.5+00:00'],
		// The clocks change at 02:00 in Berlin, when it is 01:00 UTC, and at 02:00 in New York.
		['2020-03-29T01:30:00', 'Europe/Berlin', '2020-03-29T01:30:00+01:00'],
		['2020-03-29T03:30:00', 'Europe/Berlin', '2020-03-29T03:30:00+02:00'],
		['2020-03-08T01:30:00', 'America/New_York', '2020-03-08T01:30:00-05:00'],
		['2020-03-08T03:30:00', 'America/New_York', '2020-03-08T03:30:00-04:00'],
		['2020-01-01T00:00:00Z', 'Europe/Berlin', '2020-01-01T00:00:00Z'],
		['2020-01-01T00:00:00-03:00', 'Europe/Berlin', '2020-01-01T00:00:00-03:00'],
		// The component refuses it.
		['2020-99-01T00:00:00', 'Europe/Berlin', '2020-99-01T00:00:00'],
		['', 'Europe/Berlin', ''],
	] as const) {
		assert.equal(withOffset(time, timeZone), expected);
	}
	// An expression may give a time of Luxon's.
	assert.equal(withOffset({ toISO: () => '2020-01-01T00:00:00.000+01:00' }, 'UTC'), '2020-01-01T00:00:00.000+01:00');
});
