// Time and chance, which tests replace.

import { setTimeout as wait } from "node:timers/promises";

/** Times are in milliseconds. */
export interface Clock {
  /** Time that passes evenly, from any beginning. */
  now(): number;
  /** The time since the Unix epoch. */
  date(): number;
  /** From 0 to 1. */
  random(): number;
  /** Waits; throws the signal's reason as soon as that is aborted. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

export const CLOCK: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    // Not the AbortError of the timer.
    await wait(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  },
};
