// A server that answers requests with bytes, as they are.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface Server extends AsyncDisposable {
  readonly baseUrl: string;
  /** What was received, a request each. */
  readonly requests: string[];
  /** The connections that are open. */
  sockets(): Socket[];
}

/** `answer` gets the connection, and the whole request. */
export async function serve(answer: (socket: Socket, request: string) => void): Promise<Server> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = "";
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      const [, head, body = ""] = /^([^]*?\r\n\r\n)([^]*)$/.exec(received) ?? [];
      const length = Number(/content-length: (\d+)/i.exec(head ?? "")?.[1] ?? 0);
      if (head === undefined || body.length < length) return;
      requests.push(received);
      answer(socket, received);
      received = "";
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    sockets: () => [...sockets],
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A complete response, after which the connection is closed. */
export function http(status: string, headers: string[], body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status}`, "connection: close", ...headers, `content-length: ${bytes.length}`, "", ""];
  return Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), bytes]);
}

/** The same, with JSON. */
export const json = (status: string, value: unknown, headers: string[] = []) =>
  http(status, ["content-type: application/json", ...headers], JSON.stringify(value));
