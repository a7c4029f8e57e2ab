/** The connection to Temporal, which TEMPORAL_ADDRESS and its like name. */

import { loadClientConnectConfig } from '@temporalio/envconfig';

export const taskQueue = process.env['TASK_QUEUE'] ?? 'cases';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
export { connectionOptions, namespace };

/** Ends the program with what to do, if the server cannot be reached. */
export function unreachable(error: unknown): never {
  const address = connectionOptions.address ?? 'localhost:7233';
  console.error(
    `Temporal cannot be reached at ${address}: start a server (\`temporal server start-dev\`), ` +
      `or name yours in TEMPORAL_ADDRESS\n${String(error)}`,
  );
  process.exit(1);
}
