import { z } from "zod";
import { operationOfficeKey, operationRunsKey, systemKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

const keptMs = 7 * 24 * 3_600_000;

/** A command for many runs: which ones is fixed when it begins, how far it is stands here. */
export const OperationRecord = z.object({
  id: z.string(),
  action: z.enum(["cancel", "retry"]),
  q: z.string(),
  reason: z.string().nullable(),
  actor: z.string(),
  state: z.enum(["running", "done", "stopped"]),
  total: z.int(),
  carriedOut: z.int(),
  skipped: z.int(),
  failed: z.int(),
  failures: z.array(z.object({ run: z.string(), code: z.string(), message: z.string() })),
  takenOver: z.int(), // how often another server went on with it
  startedAt: z.int(),
  updatedAt: z.int(),
  endedAt: z.int().nullable(),
});
export type OperationRecord = z.output<typeof OperationRecord>;

const atOnce = 1_000;

/** Its runs first: an operation that can be read has all of them. */
export async function createOperation(
  redis: RedisConnection,
  namespace: string,
  record: OperationRecord,
  runs: readonly string[],
): Promise<void> {
  const key = operationRunsKey(namespace, record.id);
  await translated(async () => {
    for (let at = 0; at < runs.length; at += atOnce) await redis.rpush(key, ...runs.slice(at, at + atOnce));
    await redis.pexpire(key, keptMs);
  });
  await writeOperation(redis, namespace, record);
}

export async function writeOperation(
  redis: RedisConnection,
  namespace: string,
  record: OperationRecord,
): Promise<void> {
  const text = JSON.stringify(record);
  await translated(async () => redis.hset(systemKeys(namespace).operations, record.id, text));
}

/**
 * From now on it counts as stopped, unless it has ended. That stands beside its record, which the server that carries it
 * out writes over and over.
 * @returns how it is; null = there is none of that id
 */
export async function stopOperation(
  redis: RedisConnection,
  namespace: string,
  id: string,
  now: number,
): Promise<OperationRecord | null> {
  const found = await readOperation(redis, namespace, id);
  if (found?.record.state !== "running") return found?.record ?? null;
  await translated(async () => redis.hset(systemKeys(namespace).operationStops, id, now));
  return withStop(found.record, String(now));
}

/** Some of its runs, from a place in its order on. */
export async function readOperationRuns(
  redis: RedisConnection,
  namespace: string,
  { id, from, count }: { readonly id: string; readonly from: number; readonly count: number },
): Promise<readonly string[]> {
  return translated(async () => redis.lrange(operationRunsKey(namespace, id), from, from + count - 1));
}

/** An operation, and whether a server is at it. */
export interface FoundOperation {
  readonly record: OperationRecord;
  readonly isAttended: boolean;
}

/** null = there is none of that id. */
export async function readOperation(
  redis: RedisConnection,
  namespace: string,
  id: string,
): Promise<FoundOperation | null> {
  const { operations, operationStops } = systemKeys(namespace);
  const [text, stoppedAt] = await translated(async () =>
    Promise.all([redis.hget(operations, id), redis.hget(operationStops, id)]),
  );
  return text === null ? null : withOffice(redis, namespace, parse(text, stoppedAt));
}

/** Newest first; what ended more than a week ago is forgotten. */
export async function readOperations(
  redis: RedisConnection,
  namespace: string,
): Promise<readonly FoundOperation[]> {
  const { operations, operationStops } = systemKeys(namespace);
  const [texts, stops] = await translated(async () =>
    Promise.all([redis.hgetall(operations), redis.hgetall(operationStops)]),
  );
  const records = Object.entries(texts).map(([id, text]) => parse(text, stops[id] ?? null));
  const oldest = Date.now() - keptMs;
  const old = records.filter(({ endedAt }) => endedAt !== null && endedAt < oldest).map(({ id }) => id);
  if (old.length > 0)
    await translated(async () =>
      Promise.all([redis.hdel(operations, ...old), redis.hdel(operationStops, ...old)]),
    );
  const kept = records.filter(({ id }) => !old.includes(id));
  const found = await Promise.all(kept.map(async (record) => withOffice(redis, namespace, record)));
  return found.toSorted((one, other) => other.record.startedAt - one.record.startedAt);
}

function parse(text: string, stoppedAt: string | null): OperationRecord {
  return withStop(OperationRecord.parse(JSON.parse(text)), stoppedAt);
}

function withStop(record: OperationRecord, stoppedAt: string | null): OperationRecord {
  if (record.state !== "running" || stoppedAt === null) return record;
  return { ...record, state: "stopped", endedAt: Number(stoppedAt) };
}

async function withOffice(
  redis: RedisConnection,
  namespace: string,
  record: OperationRecord,
): Promise<FoundOperation> {
  if (record.state !== "running") return { record, isAttended: false };
  const there = await translated(async () => redis.exists(operationOfficeKey(namespace, record.id)));
  return { record, isAttended: there === 1 };
}
