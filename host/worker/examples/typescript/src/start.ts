/** Starts workflows, and waits for them. */

import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { rootCause } from '@temporalio/common';
import { connectionOptions, namespace, taskQueue, unreachable } from './connection';
import { type Audit, type Case, EnrichCase, NightlyAudit } from './workflows';

const USAGE = `npm run start -- case CREDENTIAL EXTERNAL_ID...
npm run start -- audit CREDENTIAL FILE [SAMPLE]`;

function startCase(client: Client, argument: Case): Promise<boolean> {
  const workflowId = argument.case_id;
  const options = { ...common(workflowId), args: [argument] as [Case] };
  return succeeded(workflowId, client.workflow.execute(EnrichCase, options));
}

function startAudit(client: Client, argument: Audit): Promise<boolean> {
  const workflowId = `audit-${argument.file}`;
  const options = { ...common(workflowId), args: [argument] as [Audit] };
  return succeeded(workflowId, client.workflow.execute(NightlyAudit, options));
}

function common(workflowId: string) {
  // If it runs already, wait for it.
  return { workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' } as const;
}

async function succeeded(workflowId: string, execution: Promise<unknown>): Promise<boolean> {
  try {
    const result = await execution;
    console.log(`${workflowId}:`, result);
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    console.log(`${workflowId} failed: ${rootCause(error.cause)}`);
    return false;
  }
}

async function main([kind, credential, ...names]: string[]): Promise<boolean> {
  const [file, size = '1000'] = names;
  const isAudit = kind === 'audit' && names.length <= 2 && /^\d+$/.test(size);
  if (credential === undefined || file === undefined || !(kind === 'case' || isAudit)) {
    console.error(USAGE);
    return false;
  }
  const connection = await Connection.connect(connectionOptions).catch(unreachable);
  const client = new Client({ connection, namespace });
  const runs = isAudit
    ? [startAudit(client, { credential, file, sample: Number(size) })]
    : names.map((external_id) =>
        startCase(client, { case_id: `case-${external_id}`, credential, external_id }),
      );
  const results = await Promise.all(runs);
  await connection.close();
  return results.every(Boolean);
}

main(process.argv.slice(2)).then(
  (isSuccess) => {
    process.exitCode = isSuccess ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
