// A user, as far as most workflows need it.

import type { User } from '#users';
import type { IDataObject } from 'n8n-workflow';

/** What was verified comes first. */
function first<T extends { verified: boolean | null }>(list: T[] | null): T | undefined {
	return list?.find(({ verified }) => verified) ?? list?.[0];
}

export function simplified(user: User): IDataObject {
	const { user_id, external_id, status, name, emails, phone_numbers, is_locked, roles, created_at } = user;
	const email = first(emails);
	const phone = first(phone_numbers);
	const parts = [name?.first_name, name?.middle_name, name?.last_name];
	return {
		user_id,
		external_id,
		status,
		name: parts.filter(Boolean).join(' ') || null,
		email: email?.email ?? null,
		email_verified: email?.verified ?? null,
		phone_number: phone?.phone_number ?? null,
		phone_verified: phone?.verified ?? null,
		is_locked,
		roles,
		created_at,
	};
}
