// A budget of retries: a share of the calls of the last minute.

import type { Clock } from "./clock.ts";

/**
 * How long a call counts. As long as a call may take by default, so that a call that waits
 * as long as Stytch says does not return into a period with an unused reserve.
 */
const PERIOD = 60_000;

/** The period is counted in slots of this length. */
const SLOT = 1_000;

/** How many calls allow one retry. */
const CALLS_PER_RETRY = 5;

/** How many retries a period allows besides, so that callers with few calls can retry. */
const RESERVE = 60;

/** What happened within one slot. */
interface Slot {
  readonly number: number;
  calls: number;
  retries: number;
}

/** Counts the calls and the retries of the last period. */
export class Budget {
  readonly #clock: Clock;
  readonly #slots: Slot[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  countCall(): void {
    this.#current().calls++;
  }

  /** Counts a retry, if the budget allows one. */
  tryRetry(): boolean {
    const current = this.#current();
    const sum = (of: "calls" | "retries") => this.#slots.reduce((sum, slot) => sum + slot[of], 0);
    const isAllowed = sum("retries") < RESERVE + Math.floor(sum("calls") / CALLS_PER_RETRY);
    if (isAllowed) current.retries++;
    return isAllowed;
  }

  #current(): Slot {
    const number = Math.floor(this.#clock.now() / SLOT);
    while (this.#slots[0] && this.#slots[0].number <= number - PERIOD / SLOT) this.#slots.shift();
    const last = this.#slots.at(-1);
    if (last?.number === number) return last;
    const made = { number, calls: 0, retries: 0 };
    this.#slots.push(made);
    return made;
  }
}
