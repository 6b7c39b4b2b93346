import { readFileSync } from "node:fs";
import type { Cluster, Redis } from "ioredis";

/** A connection: one server, Sentinel or Cluster. */
export type RedisConnection = Redis | Cluster;

export type ScriptArgument = string | number | Uint8Array;

interface WithScript {
  readonly [command: string]: ((...args: unknown[]) => Promise<unknown>) | undefined;
}

/** Calls a Lua script; replies come as Buffers, numbers and lists, and are checked. */
export type RunScript<Reply> = (
  redis: RedisConnection,
  keys: readonly string[],
  args: readonly ScriptArgument[],
) => Promise<Reply>;

const rewrites = new WeakMap<RedisConnection, (lua: string) => string>();

/** Changes every script that this connection calls for the first time from now on; for tests. */
export function rewriteScripts(redis: RedisConnection, rewrite: (lua: string) => string): void {
  rewrites.set(redis, rewrite);
}

/** Reads `scripts/<name>.lua` once, when the module that owns it is loaded. EVALSHA after the first call. */
export function loadScript<Reply>(name: string, reply: { parse(raw: unknown): Reply }): RunScript<Reply> {
  const lua = readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), "utf8");
  const command = `millrace-${name}`;
  const known = new WeakSet<RedisConnection>();

  return async (redis, keys, args) => {
    if (!known.has(redis)) {
      redis.defineCommand(command, { lua: rewrites.get(redis)?.(lua) ?? lua });
      known.add(redis);
    }
    // defineCommand adds the method at run time; the types of ioredis cannot know it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    const call = (redis as unknown as WithScript)[`${command}Buffer`];
    const raw = await call?.call(redis, keys.length, ...keys, ...args);
    return reply.parse(raw);
  };
}
