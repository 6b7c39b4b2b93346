import type { Writable } from "node:stream";
import { Cluster, type Redis } from "ioredis";
import type { RedisConnection } from "./script.ts";

/**
 * What a connection sends in one tick goes out in one write. The driver writes every command by itself, and a system
 * call costs more than most commands do, here and in Redis. Nothing waits longer than the code that runs anyway.
 */
export function gatherWrites<C extends RedisConnection>(connection: C): C {
  if (connection instanceof Cluster) connection.on("+node", gatherOf);
  else gatherOf(connection);
  return connection;
}

function gatherOf(redis: Redis): void {
  redis.on("connect", () => corkWrites(redis.stream));
}

function corkWrites(stream: Writable): void {
  const write = stream.write.bind(stream);
  let isCorked = false;
  stream.write = (chunk: unknown, encoding?: BufferEncoding | Told, told?: Told): boolean => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      process.nextTick(() => {
        isCorked = false;
        stream.uncork();
      });
    }
    return typeof encoding === "string" ? write(chunk, encoding, told) : write(chunk, encoding);
  };
}

type Told = (error: Error | null | undefined) => void;
