/** The activities of stytch-host-worker, as workflows call them. */

import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  TimeoutFailure,
  proxyActivities,
} from '@temporalio/workflow';

/** The members of a user that the workflows need. A worker with --fields may leave some out. */
export interface User {
  status?: string;
  is_locked?: boolean;
  emails?: Email[];
}

export interface Email {
  email?: string;
  verified?: boolean;
}

export interface Query {
  operator: 'AND' | 'OR';
  operands: { filter_name: string; filter_value: unknown }[];
}

export interface SearchRequest {
  query?: Query;
  limit?: number;
  cursor?: string;
}

export interface SearchPage {
  results: User[];
  results_metadata: { total: number | null; next_cursor: string | null };
}

export interface Written {
  url: string;
  bytes: number;
  receipt: { users: number; complete: boolean };
}

interface Activities {
  'stytch.retrieve_user'(input: { credential: string; user_id: string }): Promise<User>;
  'stytch.search_users'(input: { credential: string } & SearchRequest): Promise<SearchPage>;
  'stytch.search_all'(
    input: { credential: string; file: string } & SearchRequest,
  ): Promise<Written>;
}

const common = {
  // Temporal retries, the worker does not. It says how long to wait after a 429, and which
  // failures no retry can help.
  retry: { initialInterval: '1s', maximumInterval: '1m' },
  // How long Stytch, or all workers of a credential, may be down.
  scheduleToCloseTimeout: '1 day',
} satisfies ActivityOptions;

/**
 * How long a workflow waits for the first worker of a credential: a wrong name is an error,
 * and not a reason to wait for a day. A pause after a 429 is shorter.
 */
const workerWithin = '15m';

/** Returns the user with this Stytch ID or external ID; undefined if there is none. */
export async function retrieveUser(credential: string, userId: string): Promise<User | undefined> {
  const taskQueue = `stytch.${credential}`;
  const activities = proxyActivities<Activities>({
    ...common,
    taskQueue,
    startToCloseTimeout: '30s',
    heartbeatTimeout: '5s',
    scheduleToStartTimeout: workerWithin,
  });
  try {
    return await activities['stytch.retrieve_user']({ credential, user_id: userId });
  } catch (error) {
    if (hasCause(error, ApplicationFailure) && error.cause.type === 'not_found') {
      return undefined;
    }
    throw explained(error, taskQueue);
  }
}

/** Returns one page of the users that match Stytch's search request. */
export async function searchUsers(credential: string, request: SearchRequest): Promise<SearchPage> {
  const activities = proxyActivities<Activities>({
    ...common,
    taskQueue: `stytch.${credential}.search`,
    startToCloseTimeout: '1m',
    heartbeatTimeout: '5s',
  });
  return activities['stytch.search_users']({ credential, ...request });
}

/** Writes all users that match to a file; returns its URL and the receipt. */
export async function searchAll(
  credential: string,
  file: string,
  request: SearchRequest = {},
): Promise<Written> {
  const taskQueue = `stytch.${credential}.search-all`;
  const activities = proxyActivities<Activities>({
    ...common,
    taskQueue,
    startToCloseTimeout: '8h',
    // How soon another worker resumes when this one is gone.
    heartbeatTimeout: '10s',
    scheduleToStartTimeout: workerWithin,
  });
  try {
    return await activities['stytch.search_all']({ credential, file, ...request });
  } catch (error) {
    throw explained(error, taskQueue);
  }
}

/** Returns a member that a worker with --fields may leave out. */
export function member<T, K extends keyof T & string>(record: T, name: K): NonNullable<T[K]> {
  const value = record[name];
  if (value === undefined || value === null) {
    throw ApplicationFailure.nonRetryable(
      `the user has no '${name}': let the --fields of stytch-host-worker include it`,
      'missing_member',
    );
  }
  return value;
}

function hasCause<T extends Error>(
  error: unknown,
  type: abstract new (...args: never[]) => T,
): error is ActivityFailure & { cause: T } {
  return error instanceof ActivityFailure && error.cause instanceof type;
}

function explained(error: unknown, taskQueue: string): unknown {
  if (!hasCause(error, TimeoutFailure) || error.cause.timeoutType !== 'SCHEDULE_TO_START') {
    return error;
  }
  return ApplicationFailure.create({
    message:
      `no stytch-host-worker serves the task queue ${taskQueue}: start one that has this ` +
      'credential (and --destination, to search for all users), or correct its name',
    type: 'no_worker',
    nonRetryable: true,
    cause: error,
  });
}
