import { z } from "zod";
import { groupBy } from "../base/group-by.ts";
import { shardOf } from "../base/ids.ts";
import type { Ownership } from "../engine/run-log.ts";
import { type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** What a shard's `open` says of a run. */
export interface OpenRecord {
  readonly run: string;
  readonly owner: Ownership | null; // null = parked or blocked
  readonly isBlocked: boolean;
}

function toRecord(run: string, text: string): OpenRecord {
  const [, epoch = "0", worker = ""] = /^(\d+):\d+:\d+:(.*)$/.exec(text) ?? [];
  const isBlocked = worker === "!";
  return { run, isBlocked, owner: worker === "" || isBlocked ? null : { worker, epoch: Number(epoch) } };
}

/** The newest heartbeat of an attempt, and what follows when no other one comes. */
const BeatRecord = z.object({
  details: z.base64().nullable(), // as recorded values are encoded; null = it had none
  timeoutMs: z.int().nullable(), // null = none
  maxAttempts: z.int(), // as TaskAttemptFailed will say
  retryInMs: z.int().nullable(), // null = the task has failed then
});

/** Who holds a started attempt of a queued task; enough to hint the next one. */
export const AttemptHolder = z.object({
  worker: z.string(),
  flow: z.string(),
  queue: z.string(),
  task: z.string(),
  position: z.int(),
  crashes: z.int(),
  maxCrashes: z.int().optional(), // missing = the usual number
  isTimed: z.literal(true).optional(),
  heartbeatAt: z.int().optional(),
  beat: BeatRecord.optional(), // missing = no heartbeat was stored
  rules: z.object({ limits: z.array(z.string()).readonly(), priority: z.int().nullable() }).optional(),
});
export type AttemptHolder = z.output<typeof AttemptHolder>;

export interface HeldAttempt extends AttemptHolder {
  readonly run: string;
  readonly key: string;
  readonly attempt: number;
}

/** Every open run of a shard. O(open runs). */
export async function readOpenRuns(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): Promise<readonly OpenRecord[]> {
  const fields = await scanHash(redis, shardKeys(namespace, shard).open);
  return fields.map(([run, text]) => toRecord(run, text));
}

/** The `open` record of one run; null = it has ended, or never was. */
export async function readOpenRun(
  redis: RedisConnection,
  key: string,
  run: string,
): Promise<OpenRecord | null> {
  const text = await translated(async () => redis.hget(key, run));
  return text === null ? null : toRecord(run, text);
}

/** The `open` records of these runs of any shards; those that have ended are missing. */
export async function readOpenRecords(
  redis: RedisConnection,
  namespace: Namespace,
  runs: readonly string[],
): Promise<ReadonlyMap<string, OpenRecord>> {
  const byShard = groupBy(runs, (run) => shardOf(run, namespace.shards));
  const found = new Map<string, OpenRecord>();
  await Promise.all(
    [...byShard].map(async ([shard, some]) => {
      const texts = await translated(async () => redis.hmget(shardKeys(namespace, shard).open, ...some));
      for (const [index, run] of some.entries()) {
        const text = texts[index] ?? null;
        if (text !== null) found.set(run, toRecord(run, text));
      }
    }),
  );
  return found;
}

/** What a field of `attempts` says; null = it holds no attempt, but details that are kept for one. */
export function toHeld(field: string, text: string): HeldAttempt | null {
  const holder = AttemptHolder.safeParse(JSON.parse(text));
  return holder.success ? { ...holder.data, ...attemptOf(field) } : null;
}

/** The attempt that a field of `attempts` is about; 0 = whichever comes next. */
export function attemptOf(field: string): Pick<HeldAttempt, "run" | "key" | "attempt"> {
  const [, run = "", attempt = "0", key = ""] = /^(\S+) (\d+) (.*)$/s.exec(field) ?? [];
  return { run, key, attempt: Number(attempt) };
}

/** Every started attempt of a queued task in a shard. O(started attempts). */
export async function readHeldAttempts(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): Promise<readonly HeldAttempt[]> {
  const fields = await scanHash(redis, shardKeys(namespace, shard).attempts);
  return fields.flatMap(([field, text]) => {
    const held = toHeld(field, text);
    return held === null ? [] : [held];
  });
}

async function scanHash(
  redis: RedisConnection,
  key: string,
): Promise<readonly (readonly [string, string])[]> {
  const fields = new Map<string, string>(); // HSCAN may answer a field twice
  let cursor = "0";
  do {
    const [next, page] = await translated(async () => redis.hscan(key, cursor, "COUNT", 500));
    for (let index = 0; index + 1 < page.length; index += 2)
      fields.set(page[index] ?? "", page[index + 1] ?? "");
    cursor = next;
  } while (cursor !== "0");
  return [...fields];
}
