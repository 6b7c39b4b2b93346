import { createConnection } from "node:net";

/** What a server says to a PING: it serves, it still reads its log, or nobody answers. */
export type Answer = "up" | "loading" | "down";

const replyLimitMs = 2_000;

/**
 * Sends one inline command and resolves to the first line of the reply, without its line end; to null
 * when nobody listens, the connection breaks, or the reply takes longer than 2 s. Never rejects.
 */
export function ask(socketPath: string, command: string): Promise<string | null> {
  return new Promise((resolve) => {
    let received = "";
    const socket = createConnection({ path: socketPath });
    const finish = (reply: string | null): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(replyLimitMs, () => finish(null));
    socket.on("error", () => finish(null));
    socket.on("close", () => finish(null));
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n");
      if (end >= 0) finish(received.slice(0, end));
    });
    socket.write(`${command}\r\n`);
  });
}

/** A server that answers with an error other than LOADING (BUSY, NOAUTH) is up: it is there. */
export async function ping(socketPath: string): Promise<Answer> {
  const reply = await ask(socketPath, "PING");
  if (reply === null) return "down";
  return reply.startsWith("-LOADING") ? "loading" : "up";
}

/** Connects, and gives a way to wait until the server closes the connection; null when nobody listens. */
export function watchEnd(socketPath: string): Promise<Watch | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: socketPath });
    const ended = new Promise<void>((end) => {
      socket.once("close", () => end());
    });
    socket.on("error", () => resolve(null));
    socket.once("connect", () => {
      socket.resume(); // without reading, the end of the connection is not seen
      resolve({ ended, stop: () => socket.destroy() });
    });
  });
}

export interface Watch {
  readonly ended: Promise<void>;
  stop(): void;
}
