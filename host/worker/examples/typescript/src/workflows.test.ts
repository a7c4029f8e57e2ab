/** npm test */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { Email, User } from './stytch';
import { decide } from './workflows';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const folder = join(__dirname, '../histories');
const names = ['audit', 'deleted', 'locked', 'ok', 'unknown', 'unverified'];

function read(name: string): string {
  return readFileSync(join(folder, `${name}.json`), 'utf8');
}

async function replay(histories: { workflowId: string; history: unknown }[]) {
  const options = { workflowsPath: require.resolve('./workflows') };
  const failures = [];
  for await (const result of Worker.runReplayHistories(options, histories)) {
    failures.push(result.error);
  }
  return failures;
}

// Workflows that run now must go on with the code of today. A change that fails here needs
// `patched`: https://docs.temporal.io/develop/typescript/versioning
test('histories of every branch are replayed', async () => {
  assert.deepEqual(
    readdirSync(folder).sort(),
    names.map((name) => `${name}.json`),
  );
  const histories = names.map((name) => ({ workflowId: name, history: JSON.parse(read(name)) }));
  assert.deepEqual(
    await replay(histories),
    names.map(() => undefined),
  );
});

test('another order of steps is noticed', async () => {
  const text = read('ok');
  assert.match(text, /stytch\.search_users/);
  const history: unknown = JSON.parse(text.replaceAll('stytch.search_users', 'write_case'));
  const [error] = await replay([{ workflowId: 'ok', history }]);
  assert.ok(error instanceof DeterminismViolationError, String(error));
});

const verified: Email = { email: 'ada@example.com', verified: true };
const unverified: Email = { email: 'ada@example.net', verified: false };
const decisions: [User | undefined, string][] = [
  [undefined, 'unknown user'],
  [{ is_locked: true, emails: [verified] }, 'locked'],
  [{ is_locked: false, emails: [] }, 'no verified e-mail address'],
  [{ is_locked: false, emails: [unverified] }, 'no verified e-mail address'],
  [{ is_locked: false, emails: [unverified, verified] }, 'ok'],
];

test('each decision', () => {
  for (const [user, decision] of decisions) {
    assert.equal(decide(user), decision);
  }
});

test('a member that the worker leaves out is no decision', () => {
  for (const user of [{ emails: [] }, { is_locked: false }, { is_locked: false, emails: [{}] }]) {
    assert.throws(() => decide(user), /--fields/);
  }
});
