import { configWithoutCloudSupport } from '@n8n/node-cli/eslint';

export default [
	{ ignores: ['users'] },
	// n8n's cloud does not run nodes that read files, such as the component.
	...configWithoutCloudSupport,
	{
		files: ['package.json'],
		rules: {
			// They have those of this repository.
			'n8n-nodes-base/community-package-json-license-not-default': 'off',
			'@n8n/community-nodes/valid-author': 'off',
			'@n8n/community-nodes/require-homepage': 'off',
		},
	},
	{
		// They start n8n and the emulator, with credentials that are made up.
		files: ['test/**'],
		rules: {
			'@n8n/community-nodes/no-dangerous-functions': 'off',
			'@n8n/community-nodes/no-hardcoded-secrets': 'off',
		},
	},
];
