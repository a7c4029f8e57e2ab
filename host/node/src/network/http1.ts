// HTTP/1.1, as much of it as a client needs that sends one request at a time. Node's own
// client takes a third of the time of a call, most of it for what is not needed here.
//
// A server that is not exact is refused, for what two programs understand differently is how
// one's response becomes another's. Redirects are not followed: nothing here knows how to.
//
// Source: RFC 9112.

import { Buffer } from "node:buffer";
import type { Limits, Outgoing, Response } from "./client.ts";
import { Failure } from "./failure.ts";
import type { Origin } from "./origin.ts";

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** With a chunk's extensions, which nobody uses. */
const LONGEST_SIZE = 256;

const EMPTY = Buffer.alloc(0);

const invalid = (what: string) => new Failure("HTTP-protocol-error", `the server does not speak valid HTTP: ${what}`);

/** A request, without its body. */
export function requestHead(origin: Origin, { method, path, headers, body }: Outgoing): string {
  // Of a header that occurs twice, the last.
  const lines = [...new Map(headers)].map(([name, value]) => `${name}: ${value}`);
  if (method === "POST") lines.push(`content-length: ${body.length}`);
  lines.push(`Host: ${origin.text.slice(origin.text.indexOf("//") + 2)}`, "Connection: keep-alive");
  if (!/^[\x21-\x7e]+$/.test(path) || !lines.every((line) => TEXT.test(line))) {
    throw new Failure("HTTP-protocol-error", "the request has a character that HTTP does not allow");
  }
  return [`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** What comes next. */
type State = "head" | "length" | "size" | "chunk" | "chunk-end" | "trailer" | "close" | "done";

/** Reads one response, out of the bytes of a connection. */
export class ResponseReader {
  readonly #limits: Limits;
  #state: State = "head";
  /** The beginning of a line, or of a head. */
  #begun: Buffer = EMPTY;
  /** How much of the body, or of a chunk, is to come. */
  #left = 0;
  #interim = 0;
  /** Bytes of trailers and of chunks' extensions. */
  #extra = 0;
  #status = 0;
  #headers: string[] = [];
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #isKept = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Whether status and headers are known. */
  get hasBegun(): boolean {
    return this.#state !== "head";
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Whether another request may follow. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Bytes of the body. */
  get received(): number {
    return this.#received;
  }

  /** What was received; `end` says why it is not all. */
  response(end?: Failure): Response {
    const [only] = this.#chunks;
    const body = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    return { status: this.#status, headers: this.#headers, body, end };
  }

  /** The server sends no more; whether that is where the response ends. */
  finish(): boolean {
    if (this.#state === "close") this.#state = "done";
    return this.isDone;
  }

  /** Throws a `Failure`. */
  push(bytes: Buffer): void {
    let rest = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes;
    this.#begun = EMPTY;
    while (rest.length > 0 && this.#state !== "done") {
      switch (this.#state) {
        case "length":
        case "chunk":
        case "close":
          rest = this.#content(rest);
          break;
        default: {
          const end = this.#state === "head" ? "\r\n\r\n" : "\r\n";
          const at = rest.indexOf(end);
          if (Math.max(at, 0) > this.#limits.headers || (at < 0 && rest.length > this.#limits.headers)) throw this.#tooLarge();
          if (at < 0) {
            this.#begun = rest;
            return;
          }
          const text = rest.toString("latin1", 0, at);
          rest = rest.subarray(at + end.length);
          if (this.#state === "head") this.#head(text);
          else this.#line(text);
        }
      }
    }
    // Nobody asked for more.
    if (rest.length > 0) this.#isKept = false;
  }

  #content(bytes: Buffer): Buffer {
    const part = this.#state === "close" ? bytes : bytes.subarray(0, this.#left);
    this.#received += part.length;
    const { body } = this.#limits;
    if (this.#received > body) {
      throw new Failure("HTTP-response-body-size", `the response is larger than ${body} bytes`);
    }
    this.#chunks.push(part);
    if (this.#state !== "close") {
      this.#left -= part.length;
      if (this.#left === 0) this.#state = this.#state === "chunk" ? "chunk-end" : "done";
    }
    return bytes.subarray(part.length);
  }

  #head(text: string): void {
    const [first = "", ...lines] = text.split("\r\n");
    const [, version, code] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(first) ?? [];
    if (code === undefined || !TEXT.test(first)) throw invalid("the first line of its response is not HTTP/1.1's");
    this.#headers = lines.flatMap(field);
    this.#status = Number(code);
    if (this.#status === 101) {
      throw new Failure("HTTP-protocol-error", "the server switched to another protocol");
    }
    if (this.#status >= 200) this.#frame(version === "1");
    else if (++this.#interim > this.#limits.interim) {
      throw new Failure("HTTP-protocol-error", "the server sent too many interim responses");
    }
  }

  /** Finds out where the body ends. */
  #frame(isPersistent: boolean): void {
    const lengths = this.#all("content-length");
    const encodings = this.#all("transfer-encoding");
    this.#isKept = isPersistent && !list(this.#all("connection")).includes("close");
    if (lengths.length + encodings.length > 1) throw invalid("its response has more than one length");
    const codings = list(encodings).filter((coding) => coding !== "identity");
    if (this.#status === 204 || this.#status === 304) this.#state = "done";
    else if (codings.length > 0) {
      const other = codings.length === 1 ? codings.find((coding) => coding !== "chunked") : codings[0];
      if (other !== undefined) throw transferCoding(other);
      this.#state = "size";
    } else if (lengths[0] !== undefined) {
      if (!/^\d{1,15}$/.test(lengths[0])) throw invalid("the length of its response is not a number");
      this.#left = Number(lengths[0]);
      this.#state = this.#left > 0 ? "length" : "done";
    } else {
      this.#isKept = false;
      this.#state = "close";
    }
  }

  /** A line between the chunks of a body, or after them. */
  #line(line: string): void {
    if (this.#state === "chunk-end") {
      if (line) throw invalid("a chunk of its response is longer than it says");
      this.#state = "size";
    } else if (this.#state === "trailer") {
      if (line) this.#count(field(line).join().length);
      else this.#state = "done";
    } else {
      const [size = ""] = line.split(";", 1);
      if (!/^[\da-f]{1,8}[\t ]*$/i.test(size) || line.length > LONGEST_SIZE) {
        throw invalid("a chunk of its response does not say how long it is");
      }
      this.#count(line.length - size.length);
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left > 0 ? "chunk" : "trailer";
    }
  }

  /** Counts what is read and not passed on. */
  #count(bytes: number): void {
    this.#extra += bytes;
    if (this.#extra > this.#limits.headers) throw this.#tooLarge();
  }

  #all(name: string): string[] {
    const headers = this.#headers;
    return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
  }

  #tooLarge(): Failure {
    return new Failure("HTTP-response-header-section-size", "the response headers are too large");
  }
}

/** A header's name and value. */
function field(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const value = line.slice(colon + 1);
  if (!TOKEN.test(name) || !TEXT.test(value)) throw invalid("a header of its response is not a name and a value");
  return [name, trimmed(value)];
}

/** Without the spaces and tabs around it; `trim` would also take what is not HTTP's. */
function trimmed(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t";
  let [start, end] = [0, text.length];
  while (isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

const list = (values: string[]) =>
  values.flatMap((value) => value.toLowerCase().split(",")).map(trimmed).filter(Boolean);

/** A coding that was not requested, and that the component could not read. */
function transferCoding(coding: string): Failure {
  return new Failure(
    "HTTP-response-transfer-coding",
    `the response has the transfer coding ${JSON.stringify(coding.slice(0, 40))}, which was not requested; is there a proxy in front of the server, or is the base URL wrong?`,
  );
}
