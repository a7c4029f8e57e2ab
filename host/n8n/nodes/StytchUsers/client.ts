// A credential of n8n → a client.

import { StytchUsers } from '#users';
import { type ICredentialDataDecryptedObject, UserError } from 'n8n-workflow';

/** How often a call is repeated, and how long it may take. */
export interface ClientOptions {
	retries?: number;
	timeoutMs?: number;
}

/** Throws an error that says what is wrong with the credential. */
export function client(credential: ICredentialDataDecryptedObject, options: ClientOptions = {}): StytchUsers {
	const { projectId, secret, baseUrl, environment } = credential;
	const stytch = new StytchUsers({
		projectId: String(projectId ?? ''),
		secret: String(secret ?? ''),
		baseUrl: baseUrl ? String(baseUrl) : undefined,
		// n8n's process has the secret; the component does not need it.
		sealed: true,
		...options,
	});
	if (environment !== stytch.environment) {
		throw new UserError(
			`the environment is set to ${environment}, but the project ID is for ${stytch.environment}; change one of them`,
		);
	}
	return stytch;
}
