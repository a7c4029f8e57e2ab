// Connections, each with one exchange at a time, and those that wait for their next one.

import type { Buffer } from "node:buffer";
import dns from "node:dns";
import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { mayDial } from "./address.ts";
import type { Limits, Response } from "./client.ts";
import { denied, Failure, failureOf } from "./failure.ts";
import { ResponseReader } from "./http1.ts";
import type { Origin } from "./origin.ts";

/** How long a connection is kept for the next request. Load balancers close them after a minute. */
const KEPT = 30_000;

/** How many are kept for one origin. */
const MOST_KEPT = 256;

/** Dials only addresses that the name may have. */
const checkedLookup: LookupFunction = (name, options, done) => {
  dns.lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, "");
    // A single forbidden address denies all: it shows that the name cannot be trusted.
    const forbidden = addresses.find(({ address }) => !mayDial(name, address));
    if (forbidden) {
      const reason = denied(
        `${name} resolves to ${forbidden.address}, which is not a public address; to reach a private one, use the address itself as the baseUrl`,
      );
      return done(reason, "");
    }
    const [first] = addresses;
    if (options.all || !first) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

function dial({ host, port, isTls }: Origin): Socket {
  const options = { host, port, lookup: checkedLookup };
  if (!isTls) return connect(options);
  return connectTls({
    ...options,
    // An address is checked against the certificate, too, but it is not a name to ask for.
    servername: isIP(host) ? "" : host,
    ALPNProtocols: ["http/1.1"],
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  });
}

const key = ({ text, isTls }: Origin) => `${isTls} ${text}`;

/** The one that was used last is the last: others may be closed in the meantime. */
const kept = new Map<string, Connection[]>();

/** A connection that waits for a request, if there is one. */
export function keptConnection(origin: Origin): Connection | undefined {
  return kept.get(key(origin))?.pop();
}

/** What the events of a connection are for, while a request is on it. */
interface Exchange {
  connected(): void;
  data(bytes: Buffer): void;
  ended(): void;
  failed(error: unknown): void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #key: string;
  #isConnected = false;
  #exchange: Exchange | undefined;

  constructor(origin: Origin) {
    this.#key = key(origin);
    const socket = dial(origin);
    this.#socket = socket;
    // A request is written whole, and a router must not forget a connection that is kept.
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 1_000);
    socket.on(origin.isTls ? "secureConnect" : "connect", () => {
      this.#isConnected = true;
      this.#exchange?.connected();
    });
    socket.on("data", (bytes) => {
      if (this.#exchange && this.#isConnected) this.#exchange.data(bytes);
      // Before the request, it would be taken for the response to it.
      else socket.destroy();
    });
    socket.on("error", (error) => this.#exchange?.failed(error));
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.#forget();
        this.#exchange?.ended();
      });
    }
    socket.setTimeout(KEPT, () => {
      if (!this.#exchange) socket.destroy();
    });
  }

  /** Throws a `Failure` if no response begins, and the signal's reason if that is aborted. */
  exchange(head: string, body: Buffer, signal: AbortSignal, limits: Limits): Promise<Response> {
    const socket = this.#socket;
    socket.ref();
    return new Promise((resolve, reject) => {
      const reader = new ResponseReader(limits);
      const started = performance.now();
      let timer: NodeJS.Timeout | undefined;
      let inWindow = 0;

      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#exchange = undefined;
      };
      const abort = () => {
        end();
        socket.destroy();
        reject(signal.reason);
      };
      const failed = (error: unknown) => {
        end();
        socket.destroy();
        // What fails after the headers is told with what was received.
        if (reader.hasBegun) resolve(reader.response(failureOf(error)));
        else reject(failureOf(error));
      };
      const finished = () => {
        end();
        const isSent = socket.writableLength === 0;
        if (reader.isKept && isSent) this.#keep();
        else socket.destroy();
        resolve(reader.response());
      };
      const send = () => {
        const left = limits.response - (performance.now() - started);
        timer = setTimeout(() => {
          failed(new Failure("HTTP-response-timeout", `no response within ${limits.response / 1000} s`));
        }, left);
        socket.cork();
        socket.write(head, "latin1");
        if (body.length > 0) socket.write(body);
        socket.uncork();
      };
      const late = () => {
        const text =
          inWindow === 0
            ? `the response stalled for ${limits.idle / 1000} s`
            : `the response was too slow: less than ${limits.minBytes} bytes in ${limits.idle / 1000} s`;
        failed(new Failure("connection-read-timeout", text));
      };
      const expectMore = () => {
        inWindow = 0;
        clearTimeout(timer);
        timer = setTimeout(late, limits.idle);
      };

      this.#exchange = {
        connected() {
          clearTimeout(timer);
          send();
        },
        data(bytes) {
          const { hasBegun, received } = reader;
          try {
            reader.push(bytes);
          } catch (error) {
            return failed(error);
          }
          if (reader.isDone) return finished();
          if (!reader.hasBegun) return;
          if (!hasBegun) expectMore();
          inWindow += reader.received - received;
          if (inWindow >= limits.minBytes) expectMore();
        },
        ended() {
          if (reader.finish()) finished();
          else failed(new Failure("connection-terminated", "the connection was cut"));
        },
        failed,
      };
      signal.addEventListener("abort", abort);
      if (this.#isConnected) send();
      else {
        // The request is sent when the certificate has been verified, and not before.
        timer = setTimeout(() => {
          const text = `no connection within ${limits.connect / 1000} s (name resolution, connecting and TLS handshake)`;
          failed(new Failure("connection-timeout", text));
        }, limits.connect);
      }
    });
  }

  #keep(): void {
    const others = kept.get(this.#key) ?? [];
    kept.set(this.#key, others);
    if (others.length === MOST_KEPT) this.#socket.destroy();
    else others.push(this);
    // It does not keep the program from ending.
    this.#socket.unref();
  }

  #forget(): void {
    const others = kept.get(this.#key);
    const at = others?.indexOf(this) ?? -1;
    if (at >= 0) others?.splice(at, 1);
    if (others?.length === 0) kept.delete(this.#key);
  }
}
