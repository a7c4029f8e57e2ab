// The memory of an instance, and how the canonical ABI of the component model has values
// in it.
//
// Source: https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md

import { Buffer } from "node:buffer";

/** The component did not keep to its contract. */
export class Trap extends Error {
  override name = "Trap";
}

type Realloc = (old: number, oldSize: number, align: number, size: number) => number;

/** Reads from, and writes to, the memory of one instance. */
export class Memory {
  readonly #memory: WebAssembly.Memory;
  readonly #realloc: Realloc;
  /** The bytes, as of the last call of `refresh`. */
  u8: Buffer;

  constructor(memory: WebAssembly.Memory, { cabi_realloc }: Record<string, unknown>) {
    this.#memory = memory;
    this.#realloc = cabi_realloc as Realloc;
    this.u8 = Buffer.from(this.#memory.buffer);
  }

  /** Must be called after the component ran: when its memory grows, it moves. */
  refresh(): this {
    if (this.u8.buffer !== this.#memory.buffer) this.u8 = Buffer.from(this.#memory.buffer);
    return this;
  }

  invalid(): Trap {
    return new Trap("its result is not what its contract says");
  }

  u16(at: number): number {
    return this.u8.readUInt16LE(at);
  }

  u32(at: number): number {
    return this.u8.readUInt32LE(at);
  }

  /** A number beyond 2^53 is rounded, as in JSON. */
  u64(at: number): number {
    return this.u32(at) + this.u32(at + 4) * 2 ** 32;
  }

  name(at: number, names: readonly string[]): string {
    const name = names[this.u8[at] ?? names.length];
    if (name === undefined) throw this.invalid();
    return name;
  }

  /** The bytes that a pair of a pointer and a length is about. */
  bytes(at: number): Buffer {
    return this.slice(this.u32(at), this.u32(at + 4));
  }

  slice(start: number, length: number): Buffer {
    if (start + length > this.u8.length) throw this.invalid();
    return this.u8.subarray(start, start + length);
  }

  text(at: number): string {
    return this.string(this.u32(at), this.u32(at + 4));
  }

  string(start: number, length: number): string {
    if (start + length > this.u8.length) throw this.invalid();
    return this.u8.toString("utf8", start, start + length);
  }

  list<T>(at: number, size: number, read: (memory: Memory, at: number) => T): T[] {
    const start = this.u32(at);
    const length = this.u32(at + 4);
    if (start + length * size > this.u8.length) throw this.invalid();
    const values = new Array<T>(length);
    for (let index = 0; index < length; index++) values[index] = read(this, start + index * size);
    return values;
  }

  json(at: number): never {
    const text = this.text(at);
    try {
      return JSON.parse(text) as never;
    } catch {
      throw this.invalid();
    }
  }

  /** Adds the members of the JSON object at `at`. */
  extend(value: object, at: number): void {
    for (const [name, member] of Object.entries<unknown>(this.json(at))) {
      // An assignment to `__proto__` would not make a member.
      Object.defineProperty(value, name, {
        value: member,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }

  /** Takes memory from the component's allocator. */
  allocate(align: number, size: number): number {
    const at = this.#realloc(0, 0, align, size) >>> 0;
    this.refresh();
    if (at + size > this.u8.length) throw new Trap("it took memory that it does not have");
    return at;
  }

  /** Writes a copy of the bytes, and a pointer to it and its length to `at`. */
  writeBytes(at: number, bytes: Uint8Array): void {
    const start = this.allocate(1, bytes.length);
    this.u8.set(bytes, start);
    this.writePair(at, start, bytes.length);
  }

  writeText(at: number, text: string): void {
    const length = Buffer.byteLength(text);
    const start = this.allocate(1, length);
    this.u8.write(text, start);
    this.writePair(at, start, length);
  }

  writePair(at: number, one: number, other: number): void {
    this.u8.writeUInt32LE(one, at);
    this.u8.writeUInt32LE(other, at + 4);
  }

  /** Writes values of this size one after the other; returns where they are. */
  writeList<T>(
    values: readonly T[],
    size: number,
    align: number,
    write: (memory: Memory, at: number, value: T) => void,
  ): number {
    const start = this.allocate(align, values.length * size);
    values.forEach((value, index) => write(this, start + index * size, value));
    return start;
  }
}
