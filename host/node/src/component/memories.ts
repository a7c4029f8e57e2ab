// The memories of instances. V8 takes long to make one and to give it back, and collects all
// of the program's garbage after every 64 MiB of them, so they are used again: overwritten
// with zeros, as a new one is.

/**
 * In pages of 64 KiB. The component's code declares 4 MiB to begin with, which suits hosts
 * that need not overwrite it; a user needs less than 256 KiB, stack and tables included, and
 * where it needs more, it takes more. The maximum, 256 MiB, is enough for the largest response
 * and its records.
 */
export const SIZE = { initial: 4, maximum: 4096 } as const;

const BYTES = SIZE.initial << 16;

/** How many are kept: 32 MiB of them. */
const KEPT = 128;

const kept: WebAssembly.Memory[] = [];

/** Lends a memory of zeros to one instance, until that has ended. */
export async function withMemory<T>(use: (memory: WebAssembly.Memory) => Promise<T>): Promise<T> {
  const memory = kept.pop() ?? new WebAssembly.Memory(SIZE);
  try {
    return await use(memory);
  } finally {
    // One that has grown cannot shrink.
    if (memory.buffer.byteLength === BYTES && kept.length < KEPT) {
      new Uint8Array(memory.buffer).fill(0);
      kept.push(memory);
    }
  }
}
