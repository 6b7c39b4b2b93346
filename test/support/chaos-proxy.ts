import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import type { SimRandom } from "./sim-random.ts";

/** A TCP proxy before Redis that breaks connections in the middle of replies. */
export interface CuttingProxy {
  readonly url: string;
  readonly cuts: () => number;
  /** From now on replies arrive whole. */
  heal(): void;
  close(): void;
}

interface Cuts {
  readonly random: SimRandom;
  readonly minBytes: number; // of replies, before a connection is cut
  readonly maxBytes: number;
}

export async function startProxy(port: number, { random, minBytes, maxBytes }: Cuts): Promise<CuttingProxy> {
  let cuts = 0;
  let isWhole = false;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("error", () => undefined); // the other side notices
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    keep(client);
    const redis = keep(createConnection(port, "127.0.0.1"));
    let leftBytes = random.between(minBytes, maxBytes);
    client.on("close", () => redis.destroy());
    redis.on("close", () => client.destroy());
    client.pipe(redis);
    redis.on("data", (reply: Buffer) => {
      if (isWhole || reply.length < leftBytes) {
        leftBytes -= reply.length;
        client.write(reply);
        return;
      }
      cuts += 1;
      client.end(reply.subarray(0, leftBytes), () => client.destroy());
      redis.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  return {
    url: `redis://127.0.0.1:${address.port}`,
    cuts: () => cuts,
    heal: () => {
      isWhole = true;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
