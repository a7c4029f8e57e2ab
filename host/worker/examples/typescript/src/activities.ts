/** What the workflows do besides calling Stytch. Each may run twice, and does the same then. */

import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/activity';

export interface Enriched {
  case_id: string;
  decision: string;
  /**
   * How many users Stytch finds by the domain of the user's e-mail address, this one
   * included; null if it was not asked, or did not count.
   */
  users_of_domain: number | null;
}

export interface Report {
  file: string;
  users: number;
  complete: boolean;
  sampled: number;
  deleted: number;
  pending: number;
}

export async function write_case(enriched: Enriched): Promise<void> {
  await write(`${enriched.case_id}.json`, enriched);
}

export async function write_report(report: Report): Promise<void> {
  await write(`${report.file}.report.json`, report);
}

/** The IDs of users that are evenly spread over the file. */
export async function sample(url: string, size: number): Promise<string[]> {
  const userIds: string[] = [];
  const file = await open(fileURLToPath(url));
  for await (const line of file.readLines()) {
    userIds.push((JSON.parse(line) as { user_id: string }).user_id);
  }
  const count = Math.min(size, userIds.length);
  const places = Array.from({ length: count }, (_, n) => Math.floor((n * userIds.length) / count));
  return places.flatMap((place) => userIds[place] ?? []);
}

/** Writes a whole file, or none. */
async function write(name: string, value: unknown): Promise<void> {
  if (basename(name) !== name) {
    throw ApplicationFailure.nonRetryable(`${JSON.stringify(name)} is not the name of a file`);
  }
  const folder = process.env['CASES'] ?? 'cases';
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `${name}.${process.pid}.partial`);
  await writeFile(partial, JSON.stringify(value));
  await rename(partial, join(folder, name));
}
