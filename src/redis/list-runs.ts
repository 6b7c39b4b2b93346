import { isEngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { decodeBodies } from "./decode-bodies.ts";
import { type OpenRecord, readOpenRun } from "./held.ts";
import { type Namespace, runKey, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

const pageSize = 200;

interface Indexed {
  readonly run: string;
  readonly createdAt: number;
}

/** Reads the index of one shard backwards, page by page. Runs that come meanwhile shift it: some are seen twice. */
class ShardIndex {
  readonly #redis: RedisConnection;
  readonly #key: string;
  #page: Indexed[] = [];
  #offset = 0;
  #isAtEnd = false;

  constructor(redis: RedisConnection, key: string) {
    this.#redis = redis;
    this.#key = key;
  }

  async newest(): Promise<Indexed | null> {
    if (this.#page.length === 0 && !this.#isAtEnd) await this.#read();
    return this.#page[0] ?? null;
  }

  take(): void {
    this.#page.shift();
  }

  async #read(): Promise<void> {
    const last = this.#offset + pageSize - 1;
    const flat = await translated(async () =>
      this.#redis.zrevrange(this.#key, this.#offset, last, "WITHSCORES"),
    );
    for (let index = 0; index + 1 < flat.length; index += 2) {
      this.#page.push({ run: flat[index] ?? "", createdAt: Number(flat[index + 1]) });
    }
    this.#isAtEnd = this.#page.length < pageSize;
    this.#offset += pageSize;
  }
}

interface Head {
  readonly index: ShardIndex;
  readonly entry: Indexed;
}

/** Ids of all runs, newest first, each once. Reads only as far as it is asked to. */
export async function* newestRuns(
  redis: RedisConnection,
  namespace: Namespace,
): AsyncGenerator<string, void, void> {
  const shards = Array.from(
    { length: namespace.shards },
    (_, shard) => new ShardIndex(redis, shardKeys(namespace, shard).runs),
  );
  const seen = new Set<string>();
  for (let next = await newestOf(shards); next !== null; next = await newestOf(shards)) {
    const { index, entry } = next;
    index.take();
    if (!seen.has(entry.run)) yield entry.run;
    seen.add(entry.run);
  }
}

async function newestOf(shards: readonly ShardIndex[]): Promise<Head | null> {
  let best: Head | null = null;
  for (const index of shards) {
    const entry = await index.newest();
    if (entry !== null && (best === null || entry.createdAt > best.entry.createdAt)) best = { index, entry };
  }
  return best;
}

/** A run from outside: how it began, what happened last, who has it. */
export interface RunOutline {
  readonly run: string;
  readonly created: RecordedEvent<"RunCreated">;
  readonly startedAt: number | null; // epoch ms; null = not within the first events
  readonly last: RecordedEvent;
  readonly open: OpenRecord | null; // null = it has ended
}

const firstEvents = 4; // RunStarted comes with the first turn

/**
 * What can be said of a run without reading all of it; null = there is no such run.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
 */
export async function readOutline(
  redis: RedisConnection,
  namespace: Namespace,
  run: string,
): Promise<RunOutline | null> {
  const key = runKey(namespace, run);
  const { open: openKey } = shardKeys(namespace, shardOf(run, namespace.shards));
  const [head, tail, open] = await Promise.all([
    translated(async () => redis.xrangeBuffer(key, "-", "+", "COUNT", firstEvents)),
    translated(async () => redis.xrevrangeBuffer(key, "+", "-", "COUNT", 1)),
    readOpenRun(redis, openKey, run),
  ]);
  const [first, ...others] = decodeBodies(
    run,
    0,
    head.flatMap(([, [, body]]) => (body === undefined ? [] : [body])),
  );
  if (first === undefined || !isType(first, "RunCreated")) return null;
  const started = others.find((event) => isType(event, "RunStarted"));
  return {
    run,
    created: first,
    startedAt: started?.recordedAt ?? null,
    last: lastOf(run, tail) ?? first,
    open,
  };
}

function lastOf(run: string, tail: readonly [id: Buffer, fields: readonly Buffer[]][]): RecordedEvent | null {
  const [id, fields] = tail[0] ?? [];
  const body = fields?.[1];
  if (id === undefined || body === undefined) return null;
  return decodeBodies(run, Number.parseInt(id.toString(), 10) - 1, [body])[0] ?? null;
}

/** As `readOutline`, but null also for a run whose events cannot be read: lists go on without it. */
export async function readOutlineIfReadable(
  redis: RedisConnection,
  namespace: Namespace,
  run: string,
): Promise<RunOutline | null> {
  try {
    return await readOutline(redis, namespace, run);
  } catch (error) {
    if (isEngineError(error, "EVENT_UNREADABLE") || isEngineError(error, "EVENT_UNKNOWN")) return null;
    throw error;
  }
}
