import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import { decodeEvent } from "../events/codec.ts";
import { type Namespace, payloadKey, runKey, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** What was copied of a run. */
export interface CopiedRun {
  readonly events: number;
  readonly payloads: number; // values that lie beside the stream
  readonly digest: string; // SHA-256 of its entries, in hex
}

export interface CopyPlaces {
  readonly from: Namespace;
  readonly to: Namespace;
}

/** The runs of a shard and when they were created, page by page; some may come twice. */
export async function* scanRuns(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): AsyncGenerator<readonly (readonly [run: string, createdAt: string])[], void, void> {
  const key = shardKeys(namespace, shard).runs;
  let cursor = "0";
  do {
    const [next, page] = await translated(async () => redis.zscan(key, cursor, "COUNT", 200));
    const runs: [string, string][] = [];
    for (let index = 0; index + 1 < page.length; index += 2)
      runs.push([page[index] ?? "", page[index + 1] ?? "0"]);
    if (runs.length > 0) yield runs;
    cursor = next;
  } while (cursor !== "0");
}

/**
 * Copies the history of a run byte by byte, times included, into another namespace, where it is for reading only:
 * nothing makes a worker take it. Goes on where an earlier copy ended; what is there already must be the same.
 * @throws EngineError COMMAND_REFUSED when the target has another history under this id
 */
export async function copyRun(
  redis: RedisConnection,
  { from, to }: CopyPlaces,
  run: string,
  createdAt: string,
): Promise<CopiedRun> {
  const target = runKey(to, run);
  const [entries, known] = await translated(async () =>
    Promise.all([redis.xrangeBuffer(runKey(from, run), "-", "+"), redis.xrangeBuffer(target, "-", "+")]),
  );
  for (const [index, entry] of known.entries()) {
    const original = entries[index];
    if (original === undefined || !isSame(original, entry)) throw otherHistory(run, to, index + 1);
  }
  const payloads = await copyPayloads(redis, { from, to }, run, entries);
  const rest = entries.slice(known.length);
  await translated(async () => {
    await Promise.all(rest.map(async ([id, fields]) => redis.xadd(target, id, ...fields)));
    await redis.zadd(shardKeys(to, shardOf(run, to.shards)).runs, createdAt, run); // last: whole runs only
  });
  return { events: entries.length, payloads, digest: digestOf(entries) };
}

type Entry = readonly [id: Buffer, fields: readonly Buffer[]];

function isSame([id, fields]: Entry, [otherId, otherFields]: Entry): boolean {
  return id.equals(otherId) && fields.every((field, index) => otherFields[index]?.equals(field) === true);
}

function digestOf(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const [id, fields] of entries) {
    hash.update(id);
    for (const field of fields) hash.update(field);
  }
  return hash.digest("hex");
}

async function copyPayloads(
  redis: RedisConnection,
  { from, to }: CopyPlaces,
  run: string,
  entries: readonly Entry[],
): Promise<number> {
  const references = new Set<string>();
  for (const [index, [, fields]] of entries.entries()) {
    const event = decodeEvent(fields[1] ?? Buffer.alloc(0), { run, position: index + 1, actor: "" });
    for (const sha256 of referencesIn(event.data)) references.add(sha256);
  }
  for (const sha256 of references) {
    await translated(async () => {
      const bytes = await redis.getBuffer(payloadKey(from, run, sha256));
      if (bytes !== null) await redis.set(payloadKey(to, run, sha256), bytes);
    });
  }
  return references.size;
}

/** The SHA-256 of each value of an event that lies beside the stream. */
function referencesIn(data: object): readonly string[] {
  return Object.values(data).flatMap((value: unknown) => {
    if (!Array.isArray(value) || value.length !== 2) return [];
    const [sha256, sizeBytes]: unknown[] = value;
    return typeof sha256 === "string" && /^[\da-f]{64}$/.test(sha256) && typeof sizeBytes === "number"
      ? [sha256]
      : [];
  });
}

function otherHistory(run: string, { name }: Namespace, position: number): EngineError {
  return new EngineError(
    "COMMAND_REFUSED",
    `Namespace ${name} has another event ${position} of run ${run} than the history that is to be copied. Nothing more was ` +
      `copied: choose a namespace that does not exist yet.`,
    { run, position, namespace: name },
  );
}
