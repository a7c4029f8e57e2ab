/** Starts workflows, and waits for them. */

import {
  Client,
  Connection,
  ServiceError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { rootCause } from '@temporalio/common';
import { connectionOptions, namespace, taskQueue, unreachable } from './connection';
import { type Audit, type Case, EnrichCase, NightlyAudit } from './workflows';

const USAGE = `node lib/start.js case CREDENTIAL EXTERNAL_ID...
node lib/start.js audit CREDENTIAL FILE [SAMPLE]`;

function startCase(client: Client, argument: Case): Promise<WorkflowHandle> {
  const options = common(argument.case_id);
  return client.workflow.start(EnrichCase, { ...options, args: [argument] });
}

function startAudit(client: Client, argument: Audit): Promise<WorkflowHandle> {
  const options = common(`audit-${argument.file}`);
  return client.workflow.start(NightlyAudit, { ...options, args: [argument] });
}

function common(workflowId: string) {
  // If it runs already, wait for it.
  return { workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' } as const;
}

async function succeeded(handle: WorkflowHandle): Promise<boolean> {
  try {
    console.log(`${handle.workflowId}:`, await handle.result());
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    console.log(`${handle.workflowId} failed: ${rootCause(error.cause)}`);
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
  const handles = [];
  if (isAudit) {
    handles.push(await startAudit(client, { credential, file, sample: Number(size) }));
  } else {
    for (const external_id of names) {
      const case_id = `case-${external_id}`;
      handles.push(await startCase(client, { case_id, credential, external_id }));
    }
  }
  const results = await Promise.all(handles.map(succeeded));
  await connection.close();
  return results.every(Boolean);
}

main(process.argv.slice(2)).then(
  (isSuccess) => {
    process.exitCode = isSuccess ? 0 : 1;
  },
  (error: unknown) => {
    if (!(error instanceof ServiceError)) throw error;
    console.error('Temporal does not answer; what was started goes on without this program');
    console.error(error.cause ?? error);
    process.exitCode = 1;
  },
);
