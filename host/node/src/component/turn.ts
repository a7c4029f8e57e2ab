// Turns of the event loop. However many calls start, or responses arrive, at a time, the
// instances run in portions, and timers and other connections have their turn in between.

import { setImmediate } from "node:timers";

/**
 * How long instances run before others may, in milliseconds; the last one ends later. With 4
 * the longest gaps, in which garbage is collected, too, were longer, and calls not faster.
 */
const PORTION = 2;

/** When the portion of this turn is over; 0 before it begins. */
let end = 0;

/**
 * Waits until an instance may run. Within a portion that is at once, so that a call that
 * follows another takes over its stack: V8 keeps only four of them, and gives the others back
 * to the operating system.
 */
export function turn(): Promise<void> | undefined {
  if (performance.now() < end) return undefined;
  return new Promise((resolve) => void setImmediate(take, resolve));
}

/** Takes a place in the portion of this turn of the event loop, or else of the next one. */
function take(resolve: () => void): void {
  const now = performance.now();
  if (end === 0) {
    end = now + PORTION;
    // Before those that are put off until then.
    setImmediate(() => {
      end = 0;
    });
  }
  if (now < end) resolve();
  else setImmediate(take, resolve);
}
