import { createHash } from "node:crypto";
import { type Namespace, payloadKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { addEntries, type Entry, findMissing, payloadsOf, readEntries } from "./run-entries.ts";
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
  const entries = await readEntries(redis, from, run);
  const rest = await findMissing(redis, to, { run, entries, isWhole: true });
  const payloads = await copyPayloads(redis, { from, to }, { run, as: run }, entries);
  await addEntries(redis, to, { run, createdAt, entries: rest }); // last: whole runs only
  return { events: entries.length, payloads, digest: digestOf(entries) };
}

function digestOf(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const [id, fields] of entries) {
    hash.update(id);
    for (const field of fields) hash.update(field);
  }
  return hash.digest("hex");
}

/** Copies the values that lie beside the entries of a run; as those of another run, where that has another id. */
export async function copyPayloads(
  redis: RedisConnection,
  { from, to }: CopyPlaces,
  { run, as }: { readonly run: string; readonly as: string },
  entries: readonly Entry[],
): Promise<number> {
  const references = payloadsOf(run, entries);
  for (const sha256 of references.keys()) {
    await translated(async () => {
      const bytes = await redis.getBuffer(payloadKey(from, run, sha256));
      // What lies elsewhere stays there, for both; what is missing here is missing there.
      if (bytes !== null) await redis.set(payloadKey(to, as, sha256), bytes);
    });
  }
  return references.size;
}
