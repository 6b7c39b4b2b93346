import { type KeptLine, unpackLine } from "../observe/kept-line.ts";
import { openConnection, type RedisAddress } from "./connect.ts";
import { logKey, type Namespace, runKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** How many lines a run keeps, about: whole blocks of the oldest ones are dropped. */
const keptLinesAtMost = 10_000;

/** Adds packed lines to the log of a run, and drops its oldest ones above the cap. */
export async function appendLines(
  redis: RedisConnection,
  namespace: Namespace,
  { run, lines }: { readonly run: string; readonly lines: readonly string[] },
): Promise<void> {
  const key = logKey(namespace, run);
  await translated(async () => {
    const pipeline = redis.pipeline();
    for (const line of lines) pipeline.xadd(key, "MAXLEN", "~", keptLinesAtMost, "*", "l", line);
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  });
}

/** Where a reader stands, so that it can go on. */
export interface LogCursor {
  readonly id: string; // of the last entry; "0" = the start
  readonly seen: ReadonlyMap<string, number>; // worker -> number of its last line
}

export const logStart: LogCursor = { id: "0", seen: new Map() };

export interface LogPage {
  readonly lines: readonly KeptLine[]; // in the order in which they arrived
  readonly next: LogCursor;
  readonly isLast: boolean; // there was no more when the page was read
}

/** The lines of a run after a cursor. Lines that were sent twice, as after a lost reply, come once. */
export async function readLines(
  redis: RedisConnection,
  namespace: Namespace,
  from: { readonly run: string; readonly cursor: LogCursor; readonly count: number },
): Promise<LogPage> {
  const { run, cursor, count } = from;
  const start = cursor.id === "0" ? "-" : `(${cursor.id}`;
  const entries = await translated(async () =>
    redis.xrange(logKey(namespace, run), start, "+", "COUNT", count),
  );
  const seen = new Map(cursor.seen);
  const lines: KeptLine[] = [];
  for (const [, [, text = ""]] of entries) {
    const line = unpackLine(text);
    if (line === null || line.n <= (seen.get(line.worker) ?? 0)) continue;
    seen.set(line.worker, line.n);
    lines.push(line);
  }
  return { lines, next: { id: entries.at(-1)?.[0] ?? cursor.id, seen }, isLast: entries.length < count };
}

/** How many lines the cap has cost a run. */
export async function countDropped(
  redis: RedisConnection,
  namespace: Namespace,
  run: string,
): Promise<number> {
  const key = logKey(namespace, run);
  if ((await translated(async () => redis.exists(key))) === 0) return 0;
  const raw: unknown = await translated(async () => redis.xinfo("STREAM", key));
  const facts: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const numberOf = (name: string): number => Number(facts[facts.indexOf(name) + 1] ?? 0);
  return Math.max(0, numberOf("entries-added") - numberOf("length"));
}

export interface NewsOptions {
  readonly signal: AbortSignal; // ends the sequence
  readonly pauseMs: number; // it goes on after so long, also when nothing happened
}

/**
 * Says each time that a run has new events or lines, after those that `at` gives; false = only time has passed. Blocks a
 * connection of its own. */
export async function* newsOf(
  address: RedisAddress,
  namespace: Namespace,
  watched: { readonly run: string; readonly at: () => { readonly position: number; readonly id: string } },
  { signal, pauseMs }: NewsOptions,
): AsyncGenerator<boolean, void, void> {
  const redis = openConnection(address);
  const close = (): void => redis.disconnect();
  signal.addEventListener("abort", close);
  const keys = [runKey(namespace, watched.run), logKey(namespace, watched.run)] as const; // of one slot
  try {
    while (!signal.aborted) {
      const { position, id } = watched.at();
      const news = await translated(async () =>
        redis.xreadBuffer("COUNT", 1, "BLOCK", pauseMs, "STREAMS", ...keys, `${position}-0`, id),
      );
      yield news !== null;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
