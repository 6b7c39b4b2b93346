import { once } from "node:events";
import { createConnection, createServer } from "node:net";

/** A TCP proxy before a Redis server that lets nothing pass any more, once a request has this word in it. */
export interface HoldProxy {
  readonly url: string;
  readonly held: Promise<void>; // the word was seen; the server has not
  close(): Promise<void>;
}

export async function startHoldProxy(port: number, word: string): Promise<HoldProxy> {
  let isHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const ends = new Set<() => void>();
  const server = createServer((client) => {
    const upstream = createConnection(port, "127.0.0.1");
    let isOpen = true;
    client.on("data", (chunk: Buffer) => {
      if (isOpen && chunk.includes(word)) {
        isOpen = false;
        isHeld();
      }
      if (isOpen) upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => client.write(chunk));
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      ends.delete(end);
    };
    ends.add(end);
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `redis://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    held,
    close: async () => {
      for (const end of ends) end();
      server.close();
      await once(server, "close");
    },
  };
}
