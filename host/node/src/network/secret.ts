// Finds a secret in texts, in whichever form: errors are redacted with this, and the
// responses of sealed calls are searched with it.

import { Buffer } from "node:buffer";

/** What replaces a secret. */
const REDACTED = "<hidden>";

/** A shorter text is not a secret, and would be found everywhere. */
const SHORTEST = 4;

/** Shorter encoded texts occur by chance. */
const SHORTEST_ENCODED = 8;

/** Escapes within escapes, such as JSON in a URL in JSON. */
const ROUNDS = 5;

/** A secret, verbatim and in Base64. Other encodings are decoded in the text instead. */
export class SecretForms {
  readonly #forms: string[];

  constructor(projectId: string, secret: string) {
    // Servers may leave out or escape the padding.
    const plain = secret.replace(/=+$/, "");
    const forms = new Set<string>();
    for (const encoding of ["base64", "base64url"] as const) {
      const encode = (text: Buffer) => text.toString(encoding).replace(/=+$/, "");
      forms.add(encode(Buffer.from(`${projectId}:${secret}`)));
      // Also within a longer text, at each offset modulo 3.
      for (const before of [0, 1, 2]) {
        const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
        // Without the characters that have bits of what surrounds it.
        const start = before + (before > 0 ? 1 : 0);
        forms.add(encode(text).slice(start, Math.floor((text.length * 8) / 6)));
      }
    }
    const encoded = [...forms].filter((form) => form.length >= SHORTEST_ENCODED);
    this.#forms = plain.length >= SHORTEST ? [plain, ...encoded] : [];
  }

  isIn(text: string): boolean {
    for (let round = 0; round < ROUNDS; round++) {
      if (this.#forms.some((form) => text.includes(form))) return true;
      const unescaped = unescape(text);
      if (unescaped === text) return false;
      text = unescaped;
    }
    return false;
  }

  /** Hides the secret; where it is escaped, the whole text. */
  redact(text: string): string {
    if (!this.isIn(text)) return text;
    const hidden = this.#forms.reduce((text, form) => text.replaceAll(form, REDACTED), text);
    return this.isIn(hidden) ? REDACTED : hidden;
  }
}

/** HTML's names for the punctuation that secrets and Base64 may have. */
const NAMED: Record<string, string> = {
  amp: "&",
  apos: "'",
  colon: ":",
  commat: "@",
  comma: ",",
  dollar: "$",
  equals: "=",
  excl: "!",
  gt: ">",
  hyphen: "-",
  lowbar: "_",
  lt: "<",
  num: "#",
  percnt: "%",
  period: ".",
  plus: "+",
  quest: "?",
  quot: '"',
  semi: ";",
  sol: "/",
  ast: "*",
};

/**
 * Decodes one level of escapes of JSON and of source code, entities of HTML and XML, and
 * percent-encoding, and removes white space, at which long texts are wrapped.
 */
function unescape(text: string): string {
  return text.replace(
    /\\u([\da-f]{4})|(?:\\x|%)([\da-f]{2})|&#x([\da-f]{1,6});?|&#(\d{1,7});?|&(\w{1,16});|\\[bfnrt]|\\([^])|[\s\0]+/gi,
    (all, u: string, x: string, hexadecimal: string, decimal: string, name: string, escaped: string) => {
      const code = u ?? x ?? hexadecimal;
      if (code !== undefined) return character(Number.parseInt(code, 16));
      if (decimal !== undefined) return character(Number(decimal));
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? all;
      return escaped ?? "";
    },
  );
}

/** White space is removed, as it is where it is not escaped. */
function character(code: number): string {
  if (code <= 0x20 || code === 0xa0) return "";
  return code < 0x7f ? String.fromCharCode(code) : "\ufffd";
}
