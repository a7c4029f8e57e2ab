// The memories of instances. V8 takes long to make one and to give it back, and collects all
// of the program's garbage after every 64 MiB of them, so they are used again: made zero, as a
// new one is.

import { Buffer } from "node:buffer";

/**
 * In pages of 64 KiB. The component's code declares 4 MiB to begin with, which suits hosts
 * that need not look through it; a user needs less than 256 KiB, stack and tables included,
 * and where it needs more, it takes more. The maximum, 256 MiB, is enough for the largest
 * response and its records.
 */
export const SIZE = { initial: 4, maximum: 4096 } as const;

const BYTES = SIZE.initial << 16;

/** How many are kept: 32 MiB of them. */
const KEPT = 128;

/**
 * A memory is made zero in parts of this size, and only where it is not: a user takes 20 KiB
 * of it. Reading is faster than writing, and what was never written takes no memory.
 */
const ZEROS = Buffer.alloc(16 << 10);

interface Kept {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Buffer;
}

const kept: Kept[] = [];

function make(): Kept {
  const memory = new WebAssembly.Memory(SIZE);
  return { memory, bytes: Buffer.from(memory.buffer) };
}

/** Lends a memory of zeros to one instance, until that has ended. */
export async function withMemory<T>(use: (memory: WebAssembly.Memory) => Promise<T>): Promise<T> {
  const lent = kept.pop() ?? make();
  try {
    return await use(lent.memory);
  } finally {
    // One that has grown cannot shrink.
    if (lent.memory.buffer.byteLength === BYTES && kept.length < KEPT) {
      clear(lent.bytes);
      kept.push(lent);
    }
  }
}

function clear(bytes: Buffer): void {
  const size = ZEROS.length;
  for (let at = 0; at < BYTES; at += size) {
    if (bytes.compare(ZEROS, 0, size, at, at + size) !== 0) bytes.fill(0, at, at + size);
  }
}
