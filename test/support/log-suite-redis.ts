import { randomUUID } from "node:crypto";
import { connect, openConnection, type RedisAddress, toAddress } from "../../src/redis/connect.ts";
import type { Namespace } from "../../src/redis/keys.ts";
import { openNamespace } from "../../src/redis/open-namespace.ts";
import { RedisLog } from "../../src/redis/redis-log.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import type { OpenLog } from "./log-suite.ts";

export interface OpenRedisLog extends OpenLog {
  readonly log: RedisLog;
  readonly redis: RedisConnection;
  readonly address: RedisAddress;
  readonly namespace: Namespace;
  /** One more connection, closed with the log. */
  another(): RedisConnection;
}

/** A log in a new namespace on the server at `url`. */
export async function openRedisLog(url: string, shards = 4): Promise<OpenRedisLog> {
  const { redis, address } = await connect(toAddress(url));
  const namespace = await openNamespace(redis, `t${randomUUID()}`, shards);
  const connections = [redis];
  return {
    log: new RedisLog(redis, namespace),
    redis,
    address,
    namespace,
    another: () => {
      const connection = openConnection(address);
      connections.push(connection);
      return connection;
    },
    close: async () => {
      for (const connection of connections) connection.disconnect();
    },
  };
}
