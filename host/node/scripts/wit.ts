// Reads WIT: as much of its grammar as this project's contract and WASI's interfaces use.

/** A type, as it is referred to. */
export type Type =
  | { kind: "primitive"; name: string }
  | { kind: "name"; name: string }
  | { kind: "list"; of: Type }
  | { kind: "option"; of: Type };

/** A field of a record, or a case of a variant or an enum. */
export interface Member {
  name: string;
  docs: string;
  /** None for a case without a value. */
  type: Type | undefined;
}

/** A type that has a name. */
export interface Definition {
  name: string;
  docs: string;
  kind: "record" | "variant" | "enum" | "alias";
  members: Member[];
  /** What an alias stands for. */
  type: Type | undefined;
}

/** A function of an interface. */
export interface Func {
  name: string;
  docs: string;
}

export interface Interface {
  name: string;
  docs: string;
  types: Definition[];
  functions: Func[];
}

const PRIMITIVES = new Set(["bool", "u8", "u16", "u32", "u64", "string"]);

interface Token {
  text: string;
  docs: string;
}

function tokens(source: string): Token[] {
  const found: Token[] = [];
  let docs: string[] = [];
  for (const [text] of source.matchAll(/\/\/[^\n]*|\/\*[^]*?\*\/|%?[\w./@-]+|[^\s]/g)) {
    if (text.startsWith("///")) docs.push(text.slice(3).replace(/^ /, ""));
    else if (!text.startsWith("//") && !text.startsWith("/*")) {
      found.push({ text: text.replace(/^%/, ""), docs: docs.join("\n") });
      docs = [];
    }
  }
  return found;
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = tokens(source);
  }

  get docs(): string {
    return this.#tokens[this.#at]?.docs ?? "";
  }

  peek(): string {
    return this.#tokens[this.#at]?.text ?? "";
  }

  next(): string {
    const token = this.#tokens[this.#at++];
    if (!token) throw new Error("the WIT ends too early");
    return token.text;
  }

  take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  expect(text: string): void {
    const found = this.next();
    if (found !== text) throw new Error(`${text} was expected in the WIT, not ${found}`);
  }

  /** Skips what follows, up to the end of the item. */
  skip(): void {
    for (let depth = 0; ; ) {
      const token = this.next();
      if (token === "{") depth++;
      if (token === "}") depth--;
      if (depth === 0 && token === ";") return;
      if (depth === 0 && token === "}") {
        this.take(";");
        return;
      }
    }
  }

  type(): Type {
    const name = this.next();
    if (name === "list" || name === "option") {
      this.expect("<");
      const of = this.type();
      this.expect(">");
      return { kind: name, of };
    }
    return { kind: PRIMITIVES.has(name) ? "primitive" : "name", name };
  }

  members(kind: "record" | "variant" | "enum"): Member[] {
    const members: Member[] = [];
    this.expect("{");
    while (!this.take("}")) {
      const docs = this.docs;
      // A record's `name: type` has the colon as a token of its own.
      const member: Member = { name: this.next(), docs, type: undefined };
      if (kind === "record") {
        this.expect(":");
        member.type = this.type();
      } else if (this.take("(")) {
        member.type = this.type();
        this.expect(")");
      }
      members.push(member);
      if (!this.take(",")) {
        this.expect("}");
        break;
      }
    }
    return members;
  }

  interface(docs: string): Interface {
    const found: Interface = { name: this.next(), docs, types: [], functions: [] };
    this.expect("{");
    while (!this.take("}")) {
      const docs = this.docs;
      const word = this.next();
      if (word === "record" || word === "variant" || word === "enum") {
        const name = this.next();
        const members = this.members(word);
        found.types.push({ name, docs, kind: word, members, type: undefined });
      } else if (word === "type") {
        const name = this.next();
        this.expect("=");
        const type = this.type();
        this.expect(";");
        found.types.push({ name, docs, kind: "alias", members: [], type });
      } else if (word === "use" || word === "resource") {
        this.skip();
      } else {
        found.functions.push({ name: word, docs });
        this.skip();
      }
    }
    return found;
  }
}

/** Reads the interfaces of one file; worlds are left out. */
export function interfaces(source: string): Interface[] {
  const parser = new Parser(source);
  const found: Interface[] = [];
  while (parser.peek()) {
    const docs = parser.docs;
    if (parser.take("interface")) found.push(parser.interface(docs));
    else parser.skip();
  }
  return found;
}
