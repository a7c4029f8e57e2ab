/** Runs the workflows: node lib/worker.js */

import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities';
import { connectionOptions, namespace, taskQueue, unreachable } from './connection';

async function main(): Promise<void> {
  const connection = await NativeConnection.connect(connectionOptions).catch(unreachable);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowsPath: require.resolve('./workflows'),
      activities,
    });
    // Until SIGINT or SIGTERM.
    await worker.run();
  } finally {
    await connection.close();
  }
}

void main();
