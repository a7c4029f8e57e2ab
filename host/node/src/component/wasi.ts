// The imports of the component, and nothing beyond them: `wasi:config`, `wasi:io` and
// `wasi:http`. They make one request of what an instance asks for, and hand it the response.

import { Buffer } from "node:buffer";
import { ERROR_CODE_LAYOUT, ERROR_CODES } from "../contract.ts";
import type { Response } from "../network/client.ts";
import { denied, Failure } from "../network/failure.ts";
import type { Request } from "../network/policy.ts";
import { type Memory, Trap } from "./memory.ts";

/** Sends the request of a call; throws a `Failure` if no response begins. */
export type Send = (request: Request) => Promise<Response>;

/** How many resources an instance may have: headers, requests, bodies, streams, pollables. */
const MAX_HANDLES = 256;

/** How much of a body an instance may write at once. */
const CHUNK = 64 << 10;

/** As large as a request's body may be. */
const MAX_BODY = 16 << 20;

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const SCHEMES = ["http", "https"];

/** A header's name and value. */
type Field = readonly [name: string, value: Buffer];

class Fields {
  readonly entries: readonly Field[];

  constructor(entries: readonly Field[]) {
    this.entries = entries;
  }
}

class OutgoingRequest {
  readonly headers: Fields;
  method = "GET";
  scheme = "https";
  authority = "";
  path = "/";
  body: OutgoingBody | undefined;

  constructor(headers: Fields) {
    this.headers = headers;
  }
}

class OutgoingBody {
  readonly chunks: Buffer[] = [];
  length = 0;
}

/** A stream is its body: nobody writes to it twice, or reads it twice. */
class OutputStream {
  readonly body: OutgoingBody;

  constructor(body: OutgoingBody) {
    this.body = body;
  }
}

/** The response to come, or why there is none. */
class FutureResponse {
  readonly promise: Promise<void>;
  result: Response | Failure | undefined;

  constructor(response: Promise<Response>) {
    this.promise = response.then(
      (response) => {
        this.result = response;
      },
      (error: unknown) => {
        // Anything else ends the call: it was aborted.
        if (!(error instanceof Failure)) throw error;
        this.result = error;
      },
    );
    // The instance may fail before it waits for it.
    this.promise.catch(() => {});
  }
}

class IncomingResponse {
  readonly response: Response;

  constructor(response: Response) {
    this.response = response;
  }
}

class IncomingBody {
  readonly response: Response;

  constructor(response: Response) {
    this.response = response;
  }
}

class InputStream {
  readonly response: Response;
  read = 0;

  constructor(response: Response) {
    this.response = response;
  }
}

class StreamError {
  readonly failure: Failure;

  constructor(failure: Failure) {
    this.failure = failure;
  }
}

/** What it waits for; nothing if that is there already. */
class Pollable {
  readonly promise: Promise<void> | undefined;

  constructor(promise?: Promise<void>) {
    this.promise = promise;
  }
}

type Type<T> = new (...values: never[]) => T;

/** The resources of one instance, by their handles. */
class Handles {
  readonly #resources: (object | undefined)[] = [undefined];
  #count = 0;

  add(resource: object): number {
    if (++this.#count > MAX_HANDLES) throw new Trap("it held more host resources than allowed");
    return this.#resources.push(resource) - 1;
  }

  get<T extends object>(type: Type<T>, handle: number): T {
    const resource = this.#resources[handle];
    if (!(resource instanceof type)) throw new Trap("it used a resource that it does not have");
    return resource;
  }

  /** Takes a resource from the instance. */
  take<T extends object>(type: Type<T>, handle: number): T {
    const resource = this.get(type, handle);
    this.#resources[handle] = undefined;
    this.#count--;
    return resource;
  }
}

/** The imports, as the functions of the core module. */
type Functions = Record<string, Record<string, unknown>>;

/**
 * What the imports are for one instance. The functions themselves are made once for all of
 * them, which takes a fifth off the time to make an instance: only one instance runs at a
 * time, and whoever lets one run says which.
 */
export class Wasi {
  static #running: Wasi | undefined;

  readonly #config: readonly (readonly [key: string, value: string])[];
  readonly #send: Send;
  readonly #handles = new Handles();
  #memory: Memory | undefined;
  #isRequested = false;

  constructor(config: readonly (readonly [key: string, value: string])[], send: Send) {
    this.#config = config;
    this.#send = send;
  }

  /** Says that it is this instance which runs now, until it ends or waits. */
  enter(): void {
    Wasi.#running = this;
  }

  /** Must be called before the instance runs. */
  attach(memory: Memory): void {
    this.#memory = memory;
  }

  /** The memory, after the instance ran. */
  get #m(): Memory {
    if (!this.#memory) throw new Trap("it called the host while it was made");
    return this.#memory.refresh();
  }

  /** Makes the functions, by the names and with the types of the canonical ABI. */
  static functions(): Functions {
    /** Of the instance that calls. */
    const its = (): Wasi => {
      if (!Wasi.#running) throw new Trap("it called the host before it ran");
      return Wasi.#running;
    };
    const drop = (type: Type<object>) => (handle: number) => void its().#handles.take(type, handle);
    return {
      "wasi:config/store@0.2.0-rc.1": {
        "get-all": (out: number) => its().#getAll(out),
      },
      "wasi:io/error@0.2.0": {
        "[resource-drop]error": drop(StreamError),
      },
      "wasi:io/poll@0.2.0": {
        "[method]pollable.block": new WebAssembly.Suspending((pollable: number) => {
          const wasi = its();
          const ready = wasi.#handles.get(Pollable, pollable).promise ?? Promise.resolve();
          // The instance is resumed by a reaction to this promise, so by the one after these.
          const enter = () => wasi.enter();
          ready.then(enter, enter);
          return ready;
        }),
        "[resource-drop]pollable": drop(Pollable),
      },
      "wasi:io/streams@0.2.0": {
        "[method]input-stream.blocking-read": (stream: number, length: bigint, out: number) =>
          its().#read(its().#handles.get(InputStream, stream), Number(length), out),
        "[method]output-stream.check-write": (stream: number, out: number) => {
          its().#handles.get(OutputStream, stream);
          its().#choice(out, 0);
          its().#m.writePair(out + 8, CHUNK, 0);
        },
        "[method]output-stream.write": (stream: number, start: number, length: number, out: number) => {
          its().#write(its().#handles.get(OutputStream, stream), its().#m.slice(start >>> 0, length >>> 0));
          its().#choice(out, 0);
        },
        "[method]output-stream.subscribe": (stream: number) => {
          its().#handles.get(OutputStream, stream);
          return its().#handles.add(new Pollable());
        },
        "[resource-drop]input-stream": drop(InputStream),
        "[resource-drop]output-stream": drop(OutputStream),
      },
      "wasi:http/types@0.2.0": {
        "[static]fields.from-list": (start: number, length: number, out: number) => {
          const fields = its().#fields(start >>> 0, length >>> 0);
          // The second case of `header-error` is `forbidden`, the first `invalid-syntax`.
          its().#choice(out, fields ? 0 : 1);
          if (fields) its().#m.u8.writeUInt32LE(its().#handles.add(fields), out + 4);
          else its().#m.u8[out + 4] = 0;
        },
        "[method]fields.get": (fields: number, start: number, length: number, out: number) => {
          const name = its().#m.string(start >>> 0, length >>> 0).toLowerCase();
          const found = its().#handles.get(Fields, fields).entries.filter((field) => field[0] === name);
          const list = its().#m.writeList(found, 8, 4, (memory, at, [, value]) => memory.writeBytes(at, value));
          its().#m.writePair(out, list, found.length);
        },
        "[constructor]outgoing-request": (headers: number) =>
          its().#handles.add(new OutgoingRequest(its().#handles.take(Fields, headers))),
        "[method]outgoing-request.body": (request: number, out: number) => {
          const { body } = its().#handles.get(OutgoingRequest, request);
          its().#choice(out, body ? 1 : 0);
          if (body) return;
          const made = new OutgoingBody();
          its().#handles.get(OutgoingRequest, request).body = made;
          its().#m.u8.writeUInt32LE(its().#handles.add(made), out + 4);
        },
        "[method]outgoing-request.set-method": (request: number, method: number, start: number, length: number) => {
          const other = () => its().#m.string(start >>> 0, length >>> 0);
          its().#handles.get(OutgoingRequest, request).method = METHODS[method] ?? other();
          return 0;
        },
        "[method]outgoing-request.set-path-with-query": (
          request: number,
          isSome: number,
          start: number,
          length: number,
        ) => {
          const path = isSome ? its().#m.string(start >>> 0, length >>> 0) : "/";
          its().#handles.get(OutgoingRequest, request).path = path;
          return 0;
        },
        "[method]outgoing-request.set-scheme": (
          request: number,
          isSome: number,
          scheme: number,
          start: number,
          length: number,
        ) => {
          const other = () => its().#m.string(start >>> 0, length >>> 0);
          its().#handles.get(OutgoingRequest, request).scheme = isSome ? (SCHEMES[scheme] ?? other()) : "https";
          return 0;
        },
        "[method]outgoing-request.set-authority": (
          request: number,
          isSome: number,
          start: number,
          length: number,
        ) => {
          const authority = isSome ? its().#m.string(start >>> 0, length >>> 0) : "";
          its().#handles.get(OutgoingRequest, request).authority = authority;
          return 0;
        },
        "[method]outgoing-body.write": (body: number, out: number) => {
          const stream = new OutputStream(its().#handles.get(OutgoingBody, body));
          its().#choice(out, 0);
          its().#m.u8.writeUInt32LE(its().#handles.add(stream), out + 4);
        },
        "[static]outgoing-body.finish": (body: number, _isSome: number, _trailers: number, out: number) => {
          its().#handles.take(OutgoingBody, body);
          its().#choice(out, 0);
        },
        "[method]future-incoming-response.subscribe": (future: number) =>
          its().#handles.add(new Pollable(its().#handles.get(FutureResponse, future).promise)),
        "[method]future-incoming-response.get": (future: number, out: number) =>
          its().#response(its().#handles.get(FutureResponse, future), out),
        "[method]incoming-response.status": (response: number) =>
          its().#handles.get(IncomingResponse, response).response.status,
        "[method]incoming-response.headers": (response: number) =>
          its().#handles.add(new Fields(received(its().#handles.get(IncomingResponse, response).response.headers))),
        "[method]incoming-response.consume": (response: number, out: number) => {
          const body = new IncomingBody(its().#handles.get(IncomingResponse, response).response);
          its().#choice(out, 0);
          its().#m.u8.writeUInt32LE(its().#handles.add(body), out + 4);
        },
        "[method]incoming-body.stream": (body: number, out: number) => {
          const stream = new InputStream(its().#handles.get(IncomingBody, body).response);
          its().#choice(out, 0);
          its().#m.u8.writeUInt32LE(its().#handles.add(stream), out + 4);
        },
        "http-error-code": (error: number, out: number) => {
          const { code } = its().#handles.get(StreamError, error).failure;
          its().#choice(out, 1);
          its().#errorCode(out + ERROR_CODE_LAYOUT.align, code);
        },
        "[resource-drop]fields": drop(Fields),
        "[resource-drop]outgoing-request": drop(OutgoingRequest),
        "[resource-drop]outgoing-body": drop(OutgoingBody),
        "[resource-drop]incoming-response": drop(IncomingResponse),
        "[resource-drop]incoming-body": drop(IncomingBody),
        "[resource-drop]future-incoming-response": drop(FutureResponse),
      },
      "wasi:http/outgoing-handler@0.2.0": {
        handle: (request: number, _isSome: number, _options: number, out: number) => {
          const future = its().#handle(its().#handles.take(OutgoingRequest, request));
          its().#choice(out, 0);
          its().#m.u8.writeUInt32LE(its().#handles.add(future), out + ERROR_CODE_LAYOUT.align);
        },
      },
    };
  }

  /** Says which case a variant at `at` has. */
  #choice(at: number, which: number): void {
    this.#m.u8[at] = which;
  }

  #errorCode(at: number, code: (typeof ERROR_CODES)[number]): void {
    const memory = this.#m;
    // None of its values is known.
    memory.u8.fill(0, at, at + ERROR_CODE_LAYOUT.size);
    memory.u8[at] = ERROR_CODES.indexOf(code);
  }

  #getAll(out: number): void {
    const list = this.#m.writeList(this.#config, 16, 4, (memory, at, [key, value]) => {
      memory.writeText(at, key);
      memory.writeText(at + 8, value);
    });
    this.#choice(out, 0);
    this.#m.writePair(out + 4, list, this.#config.length);
  }

  /** Reads headers; none if they could be taken for something else. */
  #fields(start: number, length: number): Fields | undefined {
    const memory = this.#m;
    const entries: Field[] = [];
    for (let index = 0; index < length; index++) {
      const at = start + index * 16;
      const name = memory.text(at).toLowerCase();
      const value = Buffer.from(memory.bytes(at + 8));
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\0\r\n]/.test(value.toString("latin1"))) return undefined;
      entries.push([name, value]);
    }
    return new Fields(entries);
  }

  #write({ body }: OutputStream, bytes: Buffer): void {
    if (bytes.length > CHUNK) throw new Trap("it wrote more than it may at once");
    body.length += bytes.length;
    if (body.length > MAX_BODY) throw new Trap("it passed more data to the host than allowed");
    // The memory may change, so it is copied.
    body.chunks.push(Buffer.from(bytes));
  }

  #handle(outgoing: OutgoingRequest): FutureResponse {
    if (this.#isRequested) {
      return new FutureResponse(Promise.reject(denied("a call may send only one request")));
    }
    this.#isRequested = true;
    // The body is written after this; it is complete when the instance waits.
    const ready = Promise.resolve().then(() => {
      const { method, scheme, authority, path, headers, body } = outgoing;
      return this.#send({
        method,
        scheme,
        authority,
        path,
        headers: headers.entries.map(([name, value]) => [name, value.toString("latin1")] as const),
        body: Buffer.concat(body?.chunks ?? []),
      });
    });
    return new FutureResponse(ready);
  }

  /** `option<result<result<own<incoming-response>, error-code>>>` */
  #response(future: FutureResponse, out: number): void {
    const { result } = future;
    const { align } = ERROR_CODE_LAYOUT;
    this.#choice(out, result ? 1 : 0);
    if (!result) return;
    this.#choice(out + align, 0);
    if (result instanceof Failure) {
      this.#choice(out + 2 * align, 1);
      this.#errorCode(out + 3 * align, result.code);
    } else {
      this.#choice(out + 2 * align, 0);
      this.#m.u8.writeUInt32LE(this.#handles.add(new IncomingResponse(result)), out + 3 * align);
    }
  }

  /** `result<list<u8>, stream-error>` */
  #read(stream: InputStream, length: number, out: number): void {
    const { body, end } = stream.response;
    const chunk = body.subarray(stream.read, stream.read + length);
    stream.read += chunk.length;
    if (chunk.length > 0) {
      this.#m.writeBytes(out + 4, chunk);
      this.#choice(out, 0);
      return;
    }
    this.#choice(out, 1);
    this.#choice(out + 4, end ? 0 : 1);
    if (end) this.#m.u8.writeUInt32LE(this.#handles.add(new StreamError(end)), out + 8);
  }
}

function received(headers: readonly string[]): Field[] {
  const fields: Field[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = "", value = ""] = headers.slice(index, index + 2);
    fields.push([name.toLowerCase(), Buffer.from(value, "latin1")]);
  }
  return fields;
}
