// A real n8n, with this node installed as a user installs it, in a folder of its own.

import { execFileSync, type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IDataObject } from 'n8n-workflow';

const { N8N = '', PATH = '' } = process.env;
const program = join(N8N, 'node_modules/.bin/n8n');
const root = fileURLToPath(new URL('..', import.meta.url));

export interface Credential {
	projectId: string;
	secret: string;
	baseUrl: string;
}

/** A node of a workflow; its name is the member's. */
export interface Node {
	type?: string;
	credential?: string;
	parameters: Record<string, unknown>;
	/** The nodes that it gets its items from; the trigger without it. */
	after?: string[];
	onError?: 'continueRegularOutput' | 'continueErrorOutput' | 'stopWorkflow';
}

export interface Item {
	json: IDataObject;
	pairedItem?: { item: number };
}

/** What a node of a workflow gave. */
export interface Ran {
	/** Of its output. */
	items: Item[];
	/** Of its error output, if it has one. */
	errors: Item[];
	error: { message: string; description?: string; httpCode?: string } | undefined;
	hints: { message: string }[];
}

/** What n8n records of a node. */
interface Recorded {
	data?: { main?: (Item[] | null)[] };
	error?: Ran['error'];
	hints?: Ran['hints'];
}

/** The longest time for a command, and for n8n's start. */
const PATIENCE = 120_000;

async function freePort(): Promise<string> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return String(port);
}

export class N8n {
	readonly #folder: string;
	readonly #env: Record<string, string>;
	readonly url: string;
	#server: ChildProcess | undefined;

	private constructor(folder: string, env: Record<string, string>) {
		this.#folder = folder;
		this.#env = env;
		this.url = `http://127.0.0.1:${env.N8N_PORT}`;
	}

	static async install(): Promise<N8n> {
		const folder = mkdtempSync(join(tmpdir(), 'n8n-'));
		const nodes = join(folder, '.n8n/nodes');
		mkdirSync(nodes, { recursive: true });
		// As the README says.
		const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, encoding: 'utf8' });
		const file = join(folder, packed.trim());
		execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--legacy-peer-deps', file], { cwd: nodes });
		return new N8n(folder, {
			PATH,
			HOME: folder,
			N8N_USER_FOLDER: folder,
			N8N_PORT: await freePort(),
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_RUNNERS_BROKER_PORT: await freePort(),
			N8N_ENCRYPTION_KEY: 'a key for tests',
			// Nothing leaves this machine.
			N8N_DIAGNOSTICS_ENABLED: 'false',
			N8N_DISABLED_MODULES: 'mcp-registry',
			N8N_DYNAMIC_BANNERS_ENABLED: 'false',
			N8N_VERIFIED_PACKAGES_ENABLED: 'false',
			N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
			N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
			N8N_TEMPLATES_ENABLED: 'false',
			N8N_PERSONALIZATION_ENABLED: 'false',
			N8N_HIRING_BANNER_ENABLED: 'false',
			N8N_SECURE_COOKIE: 'false',
			N8N_LOG_LEVEL: 'info',
			EXTERNAL_FRONTEND_HOOKS_URLS: '',
			GENERIC_TIMEZONE: 'Europe/Berlin',
		});
	}

	/** Runs a command; what it printed. */
	async #cli(...args: string[]): Promise<{ isOk: boolean; printed: string }> {
		// Into files: n8n exits without waiting for all of it to go through a pipe.
		const files = ['stdout', 'stderr'].map((name) => join(this.#folder, name));
		const [stdout = 0, stderr = 0] = files.map((file) => openSync(file, 'w'));
		const child = spawn(program, args, {
			cwd: this.#folder,
			env: this.#env,
			stdio: ['ignore', stdout, stderr],
			timeout: PATIENCE,
			killSignal: 'SIGKILL',
		});
		const [status] = await once(child, 'exit');
		for (const open of [stdout, stderr]) closeSync(open);
		return { isOk: status === 0, printed: files.map((file) => readFileSync(file, 'utf8')).join('') };
	}

	async #do(...args: string[]): Promise<void> {
		const { isOk, printed } = await this.#cli(...args);
		if (!isOk) throw new Error(`n8n ${args[0]} failed: ${printed}`);
	}

	#write(name: string, value: unknown): string {
		const file = join(this.#folder, name);
		writeFileSync(file, JSON.stringify(value));
		return file;
	}

	async importCredentials(credentials: Record<string, Credential & { environment?: string }>): Promise<void> {
		const all = Object.entries(credentials).map(([id, data]) => ({
			id,
			name: id,
			type: 'stytchUsersApi',
			data: { environment: 'test', ...data },
		}));
		await this.#do('import:credentials', `--input=${this.#write('credentials.json', all)}`);
	}

	async importWorkflow(id: string, nodes: Record<string, Node>): Promise<void> {
		const connections: Record<string, { main: { node: string; type: string; index: number }[][] }> = {};
		const start: Node = { type: 'n8n-nodes-base.manualTrigger', parameters: {} };
		const all: [string, Node][] = [['Start', start], ...Object.entries(nodes)];
		for (const [name, { after = ['Start'] }] of Object.entries(nodes)) {
			for (const from of after) {
				connections[from] ??= { main: [[]] };
				connections[from].main[0]?.push({ node: name, type: 'main', index: 0 });
			}
		}
		await this.#import({
			id,
			connections,
			nodes: all.map(([name, { type = 'n8n-nodes-stytch-users.stytchUsers', parameters, credential, onError }], index) => ({
				id: name,
				name,
				type,
				typeVersion: type.endsWith('.set') ? 3.4 : 1,
				position: [index * 220, 0],
				parameters,
				...(onError && { onError }),
				...(credential && { credentials: { stytchUsersApi: { id: credential, name: credential } } }),
			})),
		});
	}

	/** Imports and publishes a workflow that offers the node, as a tool, to agents at `/mcp/{id}`. */
	async importTool(id: string, name: string, { parameters, credential = '' }: Node): Promise<void> {
		await this.#import({
			id,
			connections: { [name]: { ai_tool: [[{ node: 'MCP', type: 'ai_tool', index: 0 }]] } },
			nodes: [
				{
					id: 'MCP',
					name: 'MCP',
					type: '@n8n/n8n-nodes-langchain.mcpTrigger',
					typeVersion: 2,
					position: [0, 0],
					webhookId: id,
					parameters: { authentication: 'none', path: id },
				},
				{
					id: name,
					name,
					type: 'n8n-nodes-stytch-users.stytchUsersTool',
					typeVersion: 1,
					position: [0, 200],
					parameters,
					credentials: { stytchUsersApi: { id: credential, name: credential } },
				},
			],
		});
		await this.#do('publish:workflow', `--id=${id}`);
	}

	async #import(workflow: { id: string; connections: object; nodes: object[] }): Promise<void> {
		const complete = { ...workflow, name: workflow.id, active: false, settings: { executionOrder: 'v1' } };
		await this.#do('import:workflow', `--input=${this.#write('workflow.json', [complete])}`);
	}

	/** Runs a workflow; what each of its nodes gave. */
	async execute(id: string): Promise<Record<string, Ran>> {
		// One that fails prints the same, with a line before it.
		const { printed } = await this.#cli('execute', `--id=${id}`, '--rawOutput');
		const text = printed.slice(printed.indexOf('{\n'), printed.lastIndexOf('\n}') + 2);
		if (!text) throw new Error(`n8n did not run ${id}: ${printed}`);
		const runData: Record<string, Recorded[]> = JSON.parse(text).data.resultData.runData;
		return Object.fromEntries(
			Object.entries(runData).map(([name, [{ data, error, hints = [] } = {}]]) => [
				name,
				{ items: data?.main?.[0] ?? [], errors: data?.main?.[1] ?? [], error, hints },
			]),
		);
	}

	async start(): Promise<void> {
		const server = spawn(program, ['start'], { cwd: this.#folder, env: this.#env, stdio: ['ignore', 'inherit', 'inherit'] });
		this.#server = server;
		// It does not outlive tests that end early.
		process.once('exit', () => server.kill('SIGKILL'));
		await this.until(async () => {
			if (server.exitCode !== null) throw new Error(`n8n did not start: it exited with ${server.exitCode}`);
			const response = await fetch(`${this.url}/healthz/readiness`).catch(() => undefined);
			return response?.ok === true;
		});
	}

	/** Waits for n8n. */
	async until(isSo: () => Promise<boolean>): Promise<void> {
		for (const end = Date.now() + PATIENCE; !(await isSo()); ) {
			if (Date.now() > end) throw new Error(`n8n was not ready after ${PATIENCE / 1000} s`);
			await new Promise((again) => setTimeout(again, 250));
		}
	}

	async [Symbol.asyncDispose](): Promise<void> {
		const server = this.#server;
		if (server && server.exitCode === null && server.signalCode === null) {
			server.kill();
			const force = setTimeout(() => server.kill('SIGKILL'), 30_000);
			await once(server, 'exit');
			clearTimeout(force);
		}
		rmSync(this.#folder, { recursive: true, force: true });
	}
}
