import { createHash } from "node:crypto";
import { z } from "zod";
import { groupBy } from "../base/group-by.ts";
import type { CachedResult, MakingAnswer, ResultCache } from "../engine/result-cache.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { type Payload, PayloadField } from "../events/fields.ts";
import { type CacheKeys, cacheKeys, type Namespace } from "./keys.ts";
import { inlineLimitBytes } from "./payload-store.ts";
import { translated } from "./redis-error.ts";
import { isAlive } from "./roster.ts";
import { loadScript, type RedisConnection } from "./script.ts";

/** A maker that is not heard of for so long is not waited for. */
const makingTermMs = 30_000;

const valueGraceMs = 60_000; // a value outlives the entry that refers to it

const Entry = z.tuple([z.string(), z.string(), z.number(), PayloadField]); // run, key, madeAt, output
const runMake = loadScript("make-result", z.tuple([z.instanceof(Buffer).nullable(), z.instanceof(Buffer)]));

/** Results that calls share, in Redis: an entry for each key, which expires by itself, and large values beside it. */
export class RedisResultCache implements ResultCache {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  readonly #open = new Map<string, Promise<void>>(); // results that are being kept, by key

  constructor(redis: RedisConnection, namespace: Namespace) {
    this.#redis = redis;
    this.#namespace = namespace;
  }

  /** One round trip for each shard that the keys lie in. */
  async find(keys: readonly string[]): Promise<readonly (CachedResult | null)[]> {
    if (this.#open.size > 0) await Promise.all(keys.map(async (key) => this.#open.get(key)));
    const found = new Map<string, CachedResult | null>();
    const places = keys.map((key) => [key, this.#keys(key)] as const);
    const asked = [...groupBy(places, ([, { slot }]) => slot).values()].map(async (group) => {
      const entries = await translated(async () =>
        this.#redis.mgetBuffer(group.map(([, { cache }]) => cache)),
      );
      for (const [index, [key]] of group.entries()) found.set(key, readEntry(entries[index] ?? null));
    });
    await Promise.all(asked);
    return keys.map((key) => found.get(key) ?? null);
  }

  async valueOf(key: string, output: Payload): Promise<Uint8Array | null> {
    if (output instanceof Uint8Array) return output;
    const bytes = await translated(async () => this.#redis.getBuffer(this.#keys(key).cached));
    return bytes !== null && sha256Of(bytes) === output[0] ? bytes : null;
  }

  async keep(
    key: string,
    { run, key: of, madeAt, output: given }: CachedResult,
    value: Uint8Array | null,
    expiresMs: number | null,
  ): Promise<void> {
    const { cache, cached } = this.#keys(key);
    const isLarge = value !== null && value.length > inlineLimitBytes;
    const output: Payload = value === null ? given : isLarge ? [sha256Of(value), value.length] : value;
    const expiresAt = expiresMs === null ? null : madeAt + expiresMs;
    const entry = Buffer.from(encodeValue([run, of, madeAt, output]));
    await translated(async () => {
      // The value first: an entry whose value is missing is a miss, and a value without its entry expires.
      if (isLarge)
        await this.#set(cached, Buffer.from(value), expiresAt === null ? null : expiresAt + valueGraceMs);
      await this.#set(cache, entry, expiresAt);
    });
  }

  async make(key: string, maker: string, anew: boolean): Promise<MakingAnswer> {
    const flag = anew ? "1" : "0";
    const answer = await this.#ask(key, [maker, makingTermMs, "", flag]);
    if (answer.found !== null || answer.maker === maker) return answer;
    const [worker = ""] = answer.maker.split(" ");
    if (await isAlive(this.#redis, this.#namespace.name, worker)) return answer;
    return this.#ask(key, [maker, makingTermMs, answer.maker, flag]);
  }

  async leave(key: string, maker: string): Promise<void> {
    await this.#ask(key, [maker, 0, "", "0"]);
  }

  expect(key: string, work: Promise<void>): void {
    this.#open.set(key, work);
    void work.then(() => {
      if (this.#open.get(key) === work) this.#open.delete(key);
    });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open.values());
  }

  async #ask(key: string, args: readonly (string | number)[]): Promise<MakingAnswer> {
    const { cache, making } = this.#keys(key);
    const [entry, current] = await translated(async () => runMake(this.#redis, [cache, making], args));
    return { found: readEntry(entry), maker: current.toString() };
  }

  /** Expires by the clock of Redis, which `madeAt` is of. */
  async #set(key: string, bytes: Buffer, expiresAt: number | null): Promise<void> {
    await (expiresAt === null
      ? this.#redis.set(key, bytes)
      : this.#redis.set(key, bytes, "PXAT", Math.round(expiresAt)));
  }

  #keys(key: string): CacheKeys {
    return cacheKeys(this.#namespace, key);
  }
}

/** What cannot be read, as after a change of its shape, is a miss. */
function readEntry(bytes: Buffer | null): CachedResult | null {
  if (bytes === null) return null;
  try {
    const [run, key, madeAt, output] = Entry.parse(decodeValue(bytes, "A shared result"));
    return { run, key, madeAt, output };
  } catch {
    return null;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
