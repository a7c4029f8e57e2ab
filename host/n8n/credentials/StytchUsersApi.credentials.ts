import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** A Stytch project: its ID, its secret, and which of its two environments they are for. */
export class StytchUsersApi implements ICredentialType {
	name = 'stytchUsersApi';

	displayName = 'Stytch Users API';

	icon: Icon = { light: 'file:../icons/stytchUsers.svg', dark: 'file:../icons/stytchUsers.dark.svg' };

	documentationUrl = 'https://stytch.com/docs/workspace-management/api-keys';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			options: [
				{ name: 'Test', value: 'test', description: 'For project IDs that begin with project-test-' },
				{ name: 'Live', value: 'live', description: 'Real users, for project IDs that begin with project-live-' },
			],
			default: 'test',
			description: 'Guards against a live project ID where a test one is meant, and the reverse',
		},
		{
			displayName: 'Project ID',
			name: 'projectId',
			type: 'string',
			placeholder: 'project-test-…',
			default: '',
			required: true,
			description: 'From the API keys of the project in the Stytch dashboard',
		},
		{
			displayName: 'Secret',
			name: 'secret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'The secret of the same environment. It never enters the sandboxed component.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			placeholder: 'https://login.example.com',
			default: '',
			description:
				'Only for a custom domain. Plain http is accepted for localhost and private addresses. Leave it empty for Stytch’s own API.',
		},
	];
}
