/** Two workflows to start from. */

import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';
import type { Enriched, Report } from './activities';
import { type User, member, retrieveUser, searchAll, searchUsers } from './stytch';

/** How many retrievals of an audit are in flight. */
const AT_ONCE = 100;

const { write_case, write_report } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1 day',
});

const { sample } = proxyActivities<typeof activities>({
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '1 day',
});

export interface Case {
  case_id: string;
  credential: string;
  external_id: string;
}

/** Looks the user of a case up, decides what the case needs, and writes it. */
export async function EnrichCase({ case_id, credential, external_id }: Case): Promise<string> {
  const user = await retrieveUser(credential, external_id);
  const enriched: Enriched = { case_id, decision: decide(user), users_of_domain: null };
  if (user !== undefined && enriched.decision === 'ok') {
    const filter_value = verifiedEmails(user)[0]?.split('@').at(-1);
    const operands = [{ filter_name: 'email_address_fuzzy', filter_value }];
    const page = await searchUsers(credential, {
      limit: 1,
      query: { operator: 'AND', operands },
    });
    enriched.users_of_domain = page.results_metadata.total;
  }
  await write_case(enriched);
  return enriched.decision;
}

export function decide(user: User | undefined): string {
  if (user === undefined) return 'unknown user';
  if (member(user, 'is_locked')) return 'locked';
  if (verifiedEmails(user).length === 0) return 'no verified e-mail address';
  return 'ok';
}

function verifiedEmails(user: User): string[] {
  const verified = member(user, 'emails').filter((email) => member(email, 'verified'));
  return verified.map((email) => member(email, 'email'));
}

export interface Audit {
  credential: string;
  file: string;
  sample?: number;
}

/**
 * Writes all users to a file, retrieves a sample of them one by one, and reports how many of
 * these are pending, or were deleted in between.
 */
export async function NightlyAudit(audit: Audit): Promise<Report> {
  const written = await searchAll(audit.credential, audit.file);
  const userIds = await sample(written.url, audit.sample ?? 1000);
  const statuses: string[] = [];
  const left = userIds.values();

  async function retrieve(): Promise<void> {
    for (const userId of left) {
      const user = await retrieveUser(audit.credential, userId);
      statuses.push(user === undefined ? 'deleted' : member(user, 'status'));
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, retrieve));
  const report: Report = {
    file: audit.file,
    users: written.receipt.users,
    complete: written.receipt.complete,
    sampled: statuses.length,
    deleted: statuses.filter((status) => status === 'deleted').length,
    pending: statuses.filter((status) => status === 'pending').length,
  };
  await write_report(report);
  return report;
}
