// wit/ → src/contract.ts: Stytch's types for TypeScript, and functions that read them from
// the memory of an instance, by the canonical ABI of the component model.

import { readFileSync } from "node:fs";
import { type Definition, type Interface, interfaces, type Type } from "./wit.ts";

/** The members of these are not those of an object of Stytch's. */
const ENVELOPES = new Set(["search-page", "retrieved-user"]);

/** What an exported function returns. */
const RESULTS: Record<string, string> = {
  "retrieve-user": "retrieved-user",
  "search-users": "search-page",
  check: "credential-report",
};

const read = (wit: string, file: string) => interfaces(readFileSync(`${wit}/${file}`, "utf8"));

/** Records of the contract that the package turns into something else, or that would have a name of JavaScript's. */
const INTERNAL: Record<string, string> = {
  "retrieved-user": "RetrievedUserRecord",
  "search-page": "SearchPageRecord",
  error: "OperationError",
  "input-problem": "InputProblem",
  "config-problem": "ConfigProblem",
  "api-error": "ApiError",
  "transport-problem": "TransportProblem",
};

const snake = (name: string) => name.replaceAll("-", "_");
const pascal = (name: string) =>
  INTERNAL[name] ??
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
const align = (at: number, to: number) => Math.ceil(at / to) * to;

/** Documentation, with the names that things have in JavaScript. */
const inJavaScript = (docs: string) =>
  docs
    .replaceAll("`none`", "`null`")
    .replace(/`[a-z]+(?:-[a-z]+)+`/g, (name) => (name === "`tls-`" ? name : snake(name)));

function comment(docs: string, indent = ""): string {
  if (!docs) return "";
  const lines = inJavaScript(docs).split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  const body = lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n");
  return `${indent}/**\n${body}\n${indent} */\n`;
}

/** Size and alignment in memory. */
interface Layout {
  size: number;
  align: number;
}

class Contract {
  readonly #definitions: Map<string, Definition>;
  readonly #readers = new Map<string, string>();

  constructor(found: Interface[]) {
    const all = found.flatMap(({ types }) => types);
    this.#definitions = new Map(all.map((definition) => [definition.name, definition]));
  }

  definition(name: string): Definition {
    const found = this.#definitions.get(name);
    if (!found) throw new Error(`the WIT does not define ${name}`);
    return found;
  }

  layout(type: Type | undefined): Layout {
    if (!type) return { size: 0, align: 1 };
    if (type.kind === "list") return { size: 8, align: 4 };
    if (type.kind === "option") return this.#choice([type.of], 2);
    if (type.kind === "primitive") {
      const size = { bool: 1, u8: 1, u16: 2, u32: 4, u64: 8 }[type.name];
      return size ? { size, align: size } : { size: 8, align: 4 };
    }
    const { kind, members, type: alias } = this.definition(type.name);
    if (kind === "alias") return this.layout(alias);
    if (kind === "record") {
      const fields = members.map((member) => this.layout(member.type));
      const to = Math.max(...fields.map((field) => field.align));
      const size = fields.reduce((at, field) => align(at, field.align) + field.size, 0);
      return { size: align(size, to), align: to };
    }
    return this.#choice(members.map((member) => member.type), members.length);
  }

  /** A variant: which case it is, and the value of that case. */
  #choice(cases: (Type | undefined)[], count: number): Layout {
    if (count > 256) throw new Error("more than 256 cases are not supported");
    const values = cases.map((value) => this.layout(value));
    const to = Math.max(...values.map((value) => value.align));
    const size = align(1, to) + Math.max(...values.map((value) => value.size));
    return { size: align(size, to), align: to };
  }

  #isJson(type: Type): boolean {
    return type.kind === "name" && type.name === "json";
  }

  /** An expression that reads a value at `at`. */
  #read(type: Type, at: string, offset: number): string {
    const place = offset ? `${at} + ${offset}` : at;
    if (this.#isJson(type)) return `m.json(${place})`;
    switch (type.kind) {
      case "option": {
        const value = this.#read(type.of, at, offset + this.layout(type.of).align);
        return `m.u8[${place}] ? ${value} : null`;
      }
      case "list": {
        const { size } = this.layout(type.of);
        return `m.list(${place}, ${size}, ${this.#reader(type.of)})`;
      }
      case "primitive":
        switch (type.name) {
          case "string":
            return `m.text(${place})`;
          case "bool":
            return `m.u8[${place}] !== 0`;
          case "u16":
            return `m.u16(${place})`;
          case "u32":
            return `m.u32(${place})`;
          case "u64":
            return `m.u64(${place})`;
        }
        throw new Error(`${type.name} is not supported`);
    }
    const definition = this.definition(type.name);
    if (definition.kind === "alias" && definition.type) {
      return this.#read(definition.type, at, offset);
    }
    return `${this.#reader(type)}(m, ${place})`;
  }

  /** The name of a function that reads a value. */
  #reader(type: Type): string {
    if (type.kind === "primitive" && type.name === "string") {
      this.#readers.set("readText", "const readText = (m: Memory, at: number): string => m.text(at);\n");
      return "readText";
    }
    if (type.kind !== "name") throw new Error("lists have texts or records");
    const definition = this.definition(type.name);
    if (definition.kind === "alias" && definition.type) return this.#reader(definition.type);
    const name = `read${pascal(type.name)}`;
    if (!this.#readers.has(name)) {
      this.#readers.set(name, "");
      this.#readers.set(name, this.#body(name, definition));
    }
    return name;
  }

  #body(name: string, { name: wit, kind, members }: Definition): string {
    const head = `function ${name}(m: Memory, at: number): ${pascal(wit)}`;
    if (kind === "enum") {
      const names = members.map((member) => `"${snake(member.name)}"`).join(", ");
      return `${head} {\n  return m.name(at, [${names}]) as ${pascal(wit)};\n}\n`;
    }
    if (kind === "variant") {
      const offset = Math.max(...members.map((member) => this.layout(member.type).align));
      const cases = members.map(({ name, type }, index) => {
        const value = type ? `, value: ${this.#read(type, "at", offset)}` : "";
        return `    case ${index}:\n      return { code: "${snake(name)}"${value} };\n`;
      });
      return `${head} {\n  switch (m.u8[at]) {\n${cases.join("")}  }\n  throw m.invalid();\n}\n`;
    }
    let at = 0;
    let extra = "";
    const lines: string[] = [];
    for (const { name, type } of members) {
      if (!type) continue;
      const { size, align: to } = this.layout(type);
      at = align(at, to);
      if (name === "extra" && !ENVELOPES.has(wit)) {
        extra = `  if (m.u8[at + ${at}]) m.extend(value, at + ${at + 4});\n`;
      } else {
        lines.push(`    ${snake(name)}: ${this.#read(type, "at", at)},\n`);
      }
      at += size;
    }
    const record = `{\n${lines.join("")}  }`;
    if (!extra) return `${head} {\n  return ${record};\n}\n`;
    return `${head} {\n  const value: ${pascal(wit)} = ${record};\n${extra}  return value;\n}\n`;
  }

  #typeScript(type: Type): string {
    if (this.#isJson(type)) return "JsonValue";
    switch (type.kind) {
      case "option":
        return `${this.#typeScript(type.of)} | null`;
      case "list":
        return `${this.#typeScript(type.of)}[]`;
      case "primitive":
        return { bool: "boolean", string: "string" }[type.name] ?? "number";
    }
    const definition = this.definition(type.name);
    return definition.kind === "alias" && definition.type
      ? this.#typeScript(definition.type)
      : pascal(type.name);
  }

  types(names: string[]): string {
    return names
      .map((name) => {
        const { docs, kind, members } = this.definition(name);
        const head = `${comment(docs)}export `;
        if (kind === "enum") {
          const cases = members.map((member) => `"${snake(member.name)}"`);
          return `${head}type ${pascal(name)} = ${cases.join(" | ")};\n`;
        }
        if (kind === "variant") {
          const cases = members.map(({ name, type }) => {
            const value = type ? `; value: ${this.#typeScript(type)}` : "";
            return `\n  | { code: "${snake(name)}"${value} }`;
          });
          return `${head}type ${pascal(name)} =${cases.join("")};\n`;
        }
        const fields = members
          .filter((member) => member.name !== "extra" || ENVELOPES.has(name))
          .map(
            ({ name, docs, type }) =>
              `${comment(docs, "  ")}  ${snake(name)}: ${type ? this.#typeScript(type) : "never"};\n`,
          );
        return `${head}interface ${pascal(name)} {\n${fields.join("")}}\n`;
      })
      .join("\n");
  }

  /** The filters of a search: their types, and how each of their values is passed. */
  filters(): string {
    const { members, docs } = this.definition("filter");
    const payloads: string[] = [];
    const types: string[] = [];
    members.forEach(({ name, docs, type }, index) => {
      if (!type || name === "other") return;
      const value = this.#typeScript(type);
      const kind = { string: "text", "string[]": "list", boolean: "boolean" }[value] ?? "range";
      payloads.push(`  ${snake(name)}: { index: ${index}, value: "${kind}", docs: ${JSON.stringify(inJavaScript(docs).replaceAll("\n", " "))} },\n`);
      types.push(
        `${comment(docs, "  ")}  | { filter_name: "${snake(name)}"; filter_value: ${kind === "list" ? "readonly string[]" : value} }`,
      );
    });
    const other = members.findIndex((member) => member.name === "other");
    const { size } = this.layout({ kind: "name", name: "filter" });
    return [
      `${comment(docs)}export type Filter =\n${types.join("\n")}\n  | CustomFilter;\n`,
      `${comment("The filters that the contract names: the case, the kind of its value, what it finds.")}export const FILTERS = {\n${payloads.join("")}} as const;\n`,
      `/** @internal */\nexport const FILTER_LAYOUT = { size: ${size}, other: ${other} } as const;\n`,
    ].join("\n");
  }

  results(): string {
    const error: Type = { kind: "name", name: "error" };
    const blocks = Object.entries(RESULTS).map(([name, ok]) => {
      const type: Type = { kind: "name", name: ok };
      const offset = Math.max(this.layout(type).align, this.layout(error).align);
      return (
        `/** @internal */\nexport function read${pascal(name)}Result(m: Memory, at: number): Result<${pascal(ok)}> {\n` +
        `  return m.u8[at]\n    ? { ok: false, error: ${this.#read(error, "at", offset)} }\n` +
        `    : { ok: true, value: ${this.#read(type, "at", offset)} };\n}\n`
      );
    });
    return [...this.#readers.values(), ...blocks].join("\n");
  }
}

/** TypeScript's source. */
export function contract(wit: string): string {
  const types = read(wit, "types.wit");
  const users = read(wit, "users.wit");
  const credential = read(wit, "credential.wit");
  const http = new Contract(read(wit, "deps/http/types.wit"));
  const made = new Contract([...types, ...credential]);
  const functions = [...users, ...credential].flatMap((found) => found.functions);
  const codes = http.definition("error-code").members.map((member) => `"${member.name}"`);
  const code = http.layout({ kind: "name", name: "error-code" });
  // The readers of the results use those of the records, so they come last.
  const results = made.results();
  return `// Made from wit/ by scripts/build.ts.

import type { Memory } from "./component/memory.ts";

/** A value that JSON can have. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [member: string]: JsonValue };

/** @internal */
export type Result<T> = { ok: true; value: T } | { ok: false; error: OperationError };

${made.types([
    "user",
    "name",
    "email",
    "phone-number",
    "webauthn-registration",
    "oauth-provider",
    "totp",
    "crypto-wallet",
    "biometric-registration",
    "password",
    "created-at-range",
    "environment",
    "credential-report",
    "transport-cause",
  ])}
${comment("A filter that is newer than this package, sent as it is.")}export interface CustomFilter {
  /** Stytch's \`filter_name\`; not empty. */
  filter_name: string;
  /** Stytch's \`filter_value\`: one JSON value of any kind. */
  filter_value: JsonValue;
}

${made.filters()}
${made
    .types(Object.keys(INTERNAL))
    .replaceAll(/(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (interface|type)/g, "/** @internal */\nexport $1")}
${comment("What the operations do.")}export const OPERATIONS = ${JSON.stringify(Object.fromEntries(functions.map(({ name, docs }) => [name, docs])), undefined, 2)};

/** @internal The error codes of \`wasi:http\`, in the order of its contract. */
export const ERROR_CODES = [${codes.join(", ")}] as const;

/** @internal */
export const ERROR_CODE_LAYOUT = ${JSON.stringify(code)};

${results}`;
}
