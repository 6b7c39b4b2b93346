import { Cluster, Redis, type RedisOptions } from "ioredis";
import { EngineError } from "../base/errors.ts";
import { gatherWrites } from "./gathered-writes.ts";
import { toEngineError } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** Where Redis is, as a plain value that can be given to a thread. */
export type RedisAddress =
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "cluster"; readonly url: string } // a redis:// or rediss:// URL of any node
  | { readonly kind: "sentinel"; readonly url: string }; // redis+sentinel://[user:pass@]host:port,host:port/master[/db]

const sentinelForm = /^redis\+sentinel:\/\/(?:([^:@/]*):([^@/]*)@)?([^/@]+)\/([^/]+)(?:\/(\d+))?$/;

/** @throws EngineError OPTION_INVALID for a URL of another form */
export function toAddress(url: string): RedisAddress {
  if (url.startsWith("unix://")) return { kind: "socket", path: url.slice("unix://".length) };
  if (/^rediss?:\/\//.test(url)) return { kind: "url", url };
  if (/^rediss?\+cluster:\/\//.test(url)) return { kind: "cluster", url: url.replace("+cluster:", ":") };
  if (sentinelForm.test(url)) return { kind: "sentinel", url };
  throw new EngineError(
    "OPTION_INVALID",
    `${JSON.stringify(withoutPassword(url))} is not a Redis URL. Use redis://, rediss://, redis+cluster://, ` +
      `rediss+cluster://, redis+sentinel://[user:pass@]host:port,host:port/master[/db] or unix://PATH in MILLRACE_REDIS_URL.`,
  );
}

export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/, "//***@");
}

const retryStrategy = (tries: number): number => Math.min(1_000, 20 * 2 ** Math.min(tries, 6));

const patient = {
  maxRetriesPerRequest: null, // writes wait for Redis to come back; every script knows a call that is sent again
  enableAutoPipelining: false, // it allows one pipeline under way at a time, which halves the throughput
  retryStrategy,
} as const satisfies RedisOptions;

/** Opens a connection; nothing is sent yet. Close it with `disconnect()` or `quit()`. */
export function openConnection(address: RedisAddress): RedisConnection {
  switch (address.kind) {
    case "socket":
      return quiet(new Redis({ ...patient, path: address.path }));
    case "url":
      return quiet(new Redis(address.url, patient));
    case "cluster":
      return quiet(
        new Cluster([address.url], {
          redisOptions: { ...patient, ...sharedLogin(address.url) },
          clusterRetryStrategy: retryStrategy,
        }),
      );
    case "sentinel":
      return quiet(new Redis({ ...patient, ...sentinelOptions(address.url) }));
  }
}

/** What holds for every node of a cluster; the driver takes it from the URL for the first node only. */
function sharedLogin(text: string): Pick<RedisOptions, "username" | "password" | "tls"> {
  const { username, password, protocol } = new URL(text);
  return {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}

/** Lost connections are the driver's business: it comes back, and calls wait. */
function quiet<C extends RedisConnection>(connection: C): C {
  connection.on("error", () => undefined);
  return gatherWrites(connection);
}

function sentinelOptions(text: string) {
  const [, username = "", password, hosts = "", name = "", db = "0"] = sentinelForm.exec(text) ?? [];
  const sentinels = hosts.split(",").map((entry) => {
    const [, ipv6, host = "", port = "26379"] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
    return { host: ipv6 ?? host, port: Number(port) };
  });
  const login = {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === undefined ? {} : { password: decodeURIComponent(password) }),
  };
  return { sentinels, name, db: Number(db), ...login };
}

/**
 * Waits for the first answer; finds out whether a plain URL is a node of a cluster.
 * @throws EngineError REDIS_UNAVAILABLE after `timeoutMs`
 */
export async function connect(
  address: RedisAddress,
  timeoutMs = 5_000,
): Promise<{ redis: RedisConnection; address: RedisAddress }> {
  const redis = openConnection(address);
  try {
    await firstAnswer(redis, timeoutMs);
    if (redis instanceof Cluster || address.kind !== "url") return { redis, address };
    if (!(await redis.info("cluster")).includes("cluster_enabled:1")) return { redis, address };
  } catch (error) {
    redis.disconnect();
    throw toEngineError(error);
  }
  redis.disconnect();
  return connect({ kind: "cluster", url: address.url }, timeoutMs);
}

async function firstAnswer(redis: RedisConnection, timeoutMs: number): Promise<void> {
  let lastError = "no answer";
  const note = (error: Error): void => {
    lastError = error.message;
  };
  redis.on("error", note);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms: ${lastError}`)), timeoutMs);
  });
  try {
    await Promise.race([redis.ping(), timeout]);
  } finally {
    clearTimeout(timer);
    redis.off("error", note);
  }
}
