import { randomUUID } from "node:crypto";
import { shardOf } from "../../src/base/ids.ts";
import { connect, openConnection, type RedisAddress, toAddress } from "../../src/redis/connect.ts";
import { type Namespace, type ShardKeys, shardKeys } from "../../src/redis/keys.ts";
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
  readonly another: () => RedisConnection;
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

export function keysOf({ namespace }: Pick<OpenRedisLog, "namespace">, run: string): ShardKeys {
  return shardKeys(namespace, shardOf(run, namespace.shards));
}

/** When somebody should look after a run; null = never. */
export async function dueAt(opened: OpenRedisLog, run: string): Promise<number | null> {
  const score = await opened.redis.zscore(keysOf(opened, run).due, run);
  return score === null ? null : Number(score);
}
