// The binary format of WebAssembly: as much of it as is needed to take the core module out
// of the component, and to give it a memory.
//
// Sources: https://webassembly.github.io/spec/core/binary/modules.html
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md

import { Buffer } from "node:buffer";

/** `\0asm`, and version and layer of a component. */
const COMPONENT = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]);

/** The section of a component that holds a core module. */
const CORE_MODULE = 1;

/** The sections of a core module with its imports, and with the memories that it declares. */
const IMPORTS = 2;
const MEMORIES = 5;

/** The kind of an import that is a function. */
const FUNCTION = 0;

/** Where a prepared module imports its memory and its functions from. */
export const MEMORY = { module: "host", name: "memory" } as const;
export const FUNCTIONS = "f";

/** A module that takes what is not its own from the host. */
export interface Prepared {
  readonly bytes: Buffer;
  /** What it imports as the functions "0", "1" and so on. */
  readonly functions: readonly ImportName[];
}

export type ImportName = readonly [module: string, name: string];

/** A part of a module or of a component. */
interface Section {
  readonly id: number;
  /** All of it. */
  readonly whole: Buffer;
  /** Without its header. */
  readonly content: Buffer;
}

/** The core modules of a component, in their order; none if it is not a component. */
export function coreModules(component: Buffer): Buffer[] {
  if (!component.subarray(0, COMPONENT.length).equals(COMPONENT)) return [];
  const modules = [...sections(component)].filter(({ id }) => id === CORE_MODULE);
  return modules.map(({ content }) => content);
}

/**
 * Turns the memory that a core module declares into an import; its size is in pages of 64 KiB.
 * Imported functions get short names: V8 reads all names for each instance.
 */
export function prepare(module: Buffer, initial: number, maximum: number): Prepared {
  const all = [...sections(module)];
  const imports = all.find(({ id }) => id === IMPORTS);
  const memories = all.find(({ id }) => id === MEMORIES);
  if (!imports || memories?.content[0] !== 1) throw new Error("the module has no imports, or not one memory");
  const { functions, types } = readImports(imports.content);
  const renamed = types.map((type, index) => [...name(FUNCTIONS), ...name(`${index}`), FUNCTION, ...unsigned(type)]);
  const memory = [...name(MEMORY.module), ...name(MEMORY.name), 2, 1, ...unsigned(initial), ...unsigned(maximum)];
  const content = [...unsigned(types.length + 1), ...renamed.flat(), ...memory];
  const section = Buffer.from([IMPORTS, ...unsigned(content.length), ...content]);
  const parts = all.filter((part) => part !== memories).map((part) => (part === imports ? section : part.whole));
  return { bytes: Buffer.concat([module.subarray(0, COMPONENT.length), ...parts]), functions };
}

/** The names of imported functions, and the indices of their types. */
function readImports(section: Buffer): { functions: ImportName[]; types: number[] } {
  let { value: left, end: at } = readUnsigned(section, 0);
  const number = () => {
    const { value, end } = readUnsigned(section, at);
    at = end;
    return value;
  };
  const text = () => {
    const length = number();
    at += length;
    return section.toString("utf8", at - length, at);
  };
  const functions: ImportName[] = [];
  const types: number[] = [];
  for (; left > 0; left--) {
    functions.push([text(), text()]);
    if (number() !== FUNCTION) throw new Error("the module imports something other than functions");
    types.push(number());
  }
  return { functions, types };
}

const name = (text: string) => [...unsigned(text.length), ...Buffer.from(text)];

function* sections(bytes: Buffer): Generator<Section> {
  for (let at = COMPONENT.length; at < bytes.length; ) {
    const id = bytes[at] ?? 0;
    const { value: size, end: start } = readUnsigned(bytes, at + 1);
    const end = start + size;
    if (end > bytes.length) throw new Error("a section ends after the file");
    yield { id, whole: bytes.subarray(at, end), content: bytes.subarray(start, end) };
    at = end;
  }
}

/** Reads LEB128. */
function readUnsigned(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at };
  }
  throw new Error("a number has too many bytes");
}

/** Writes LEB128. */
function unsigned(value: number): number[] {
  const rest = Math.floor(value / 0x80);
  return rest > 0 ? [(value % 0x80) | 0x80, ...unsigned(rest)] : [value];
}
