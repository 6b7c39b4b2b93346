import { z } from "zod";
import { groupBy } from "../base/group-by.ts";
import { isStateIndex } from "../projections/run-indexes.ts";
import type { ViewChanges } from "../projections/view.ts";
import { channelPrefix, documentsPart, indexPart, type Namespace, viewKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection, type ScriptArgument } from "./script.ts";

const Text = z.instanceof(Buffer).transform((text) => text.toString());
const storeAnswers = ["stored", "already", "ahead", "mismatch", "held"] as const;
const runStore = loadScript("store-view", z.tuple([Text.pipe(z.enum(storeAnswers)), z.int()]));

/** What became of a store; see `store-view.lua`. */
export type StoreAnswer = (typeof storeAnswers)[number];

/** One build of the documents of one shard. */
export interface BuildPlace {
  readonly namespace: Namespace;
  readonly shard: number;
  readonly build: string;
}

/** How far the documents of a build go. */
export interface ViewMark {
  readonly seq: number; // stores so far
  readonly feed: string; // id of the feed's entry up to which they go
  readonly count: number; // entries of the feed up to there, counted from its first one ever
}

/** A run whose events cannot be folded: it stands aside until somebody tries again, and nothing of it is lost. */
export const SetAside = z.object({
  run: z.string(),
  position: z.int(), // of the event that cannot be folded
  code: z.string(),
  message: z.string(),
  at: z.int(), // epoch ms
});
export type SetAside = z.output<typeof SetAside>;

export interface StoreBatch {
  readonly seq: number;
  readonly batch: string;
  readonly mark: { readonly feed: string; readonly count: number } | null; // null = as before
  readonly changes: ViewChanges;
  readonly aside: readonly SetAside[];
  readonly healed: readonly string[]; // runs that stand aside no more
}

const chunk = 500; // fields of one command: Lua's stack bounds its arguments

/** Stores documents, indexes and the mark in one step, or nothing at all. Safe under a lost reply. */
export async function storeView(
  redis: RedisConnection,
  place: BuildPlace,
  batch: StoreBatch,
): Promise<{ readonly answer: StoreAnswer; readonly seq: number }> {
  const { namespace, shard, build } = place;
  const { views, meta, parts } = viewKeys(namespace, shard, build);
  const writes = new Writes([views, meta, parts]);
  addWrites(writes, place, batch);
  const { seq, mark } = batch;
  const args = [build, seq, batch.batch, mark?.feed ?? "", mark?.count ?? 0];
  const channel = `${channelPrefix(namespace.name)}folded`;
  const [answer, now] = await translated(async () =>
    runStore(redis, writes.keys, [...args, channel, shard, ...writes.args]),
  );
  return { answer, seq: now };
}

function addWrites(writes: Writes, { namespace, shard, build }: BuildPlace, batch: StoreBatch): void {
  const keys = viewKeys(namespace, shard, build);
  const { runs, documents } = batch.changes;
  writes.add(
    "HSET",
    keys.runs,
    flat(runs, ({ run, bytes }) => [run, bytes]),
  );
  for (const [projection, list] of groupBy(documents, (document) => document.projection)) {
    const part = documentsPart(projection);
    writes.add(
      "HSET",
      keys.part(part),
      flat(list, ({ id, bytes }) => [id, bytes]),
      part,
    );
  }
  const leaving = flat(runs, ({ run, leaves }) => leaves.map((index) => ({ index, run })));
  for (const [index, list] of groupBy(leaving, (entry) => entry.index))
    writes.add(
      "ZREM",
      keys.part(indexPart(index)),
      flat(list, ({ run }) => [run]),
    );
  const entering = flat(runs, ({ run, createdAt, enters }) =>
    enters.map((index) => ({ index, run, createdAt })),
  );
  for (const [index, list] of groupBy(entering, (entry) => entry.index)) {
    const part = indexPart(index);
    writes.add(
      "ZADD",
      keys.part(part),
      flat(list, ({ run, createdAt }) => [createdAt, run]),
      part,
    );
  }
  writes.add(
    "HSET",
    keys.aside,
    flat(batch.aside, (entry) => [entry.run, JSON.stringify(entry)]),
  );
  writes.add("HDEL", keys.aside, batch.healed);
  const states = [...new Set(entering.map(({ index }) => index))].filter(isStateIndex);
  writes.add("SADD", keys.states, states.map(indexPart));
}

function flat<Item, Part>(items: readonly Item[], toParts: (item: Item) => readonly Part[]): Part[] {
  return items.flatMap(toParts);
}

/** The writes of one store as the script takes them. */
class Writes {
  readonly keys: string[];
  readonly args: ScriptArgument[] = [];

  constructor(keys: readonly string[]) {
    this.keys = [...keys];
  }

  add(command: string, key: string, args: readonly ScriptArgument[], part = ""): void {
    if (args.length === 0) return;
    for (let start = 0; start < args.length; start += chunk) {
      const some = args.slice(start, start + chunk);
      this.keys.push(key);
      this.args.push(command, part, some.length, ...some);
    }
  }
}

/** How far a build goes. */
export async function readMark(
  redis: RedisConnection,
  { namespace, shard, build }: BuildPlace,
): Promise<ViewMark> {
  const { meta } = viewKeys(namespace, shard, build);
  const [seq, feed, count] = await translated(async () => redis.hmget(meta, "seq", "feed", "count"));
  return { seq: Number(seq ?? 0), feed: feed ?? "0-0", count: Number(count ?? 0) };
}

/** Summaries of runs in stored form, in the given order; null = there is none. */
export async function readRunDocuments(
  redis: RedisConnection,
  { namespace, shard, build }: BuildPlace,
  runs: readonly string[],
): Promise<readonly (Buffer | null)[]> {
  if (runs.length === 0) return [];
  const key = viewKeys(namespace, shard, build).runs;
  return translated(async () => redis.hmgetBuffer(key, ...runs));
}

/** Every document of a projection: id and stored form. */
export async function readDocuments(
  redis: RedisConnection,
  { namespace, shard, build }: BuildPlace,
  projection: string,
): Promise<ReadonlyMap<string, Buffer>> {
  return scanBuffers(redis, viewKeys(namespace, shard, build).part(documentsPart(projection)));
}

/** Every summary: run and stored form. O(runs of the shard). */
export async function readAllRunDocuments(
  redis: RedisConnection,
  { namespace, shard, build }: BuildPlace,
): Promise<ReadonlyMap<string, Buffer>> {
  return scanBuffers(redis, viewKeys(namespace, shard, build).runs);
}

/** Runs of a shard that stand aside. */
export async function readAside(
  redis: RedisConnection,
  { namespace, shard, build }: BuildPlace,
): Promise<readonly SetAside[]> {
  const entries = await translated(async () => redis.hvals(viewKeys(namespace, shard, build).aside));
  return entries.map((entry) => SetAside.parse(JSON.parse(entry)));
}

async function scanBuffers(redis: RedisConnection, key: string): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>(); // HSCAN may answer a field twice
  let cursor = "0";
  do {
    const [next, page] = await translated(async () => redis.hscanBuffer(key, cursor, "COUNT", 1_000));
    for (let index = 0; index + 1 < page.length; index += 2) {
      const value = page[index + 1];
      if (value !== undefined) found.set(page[index]?.toString() ?? "", value);
    }
    cursor = next.toString();
  } while (cursor !== "0");
  return found;
}
