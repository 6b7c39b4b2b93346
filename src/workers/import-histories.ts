import { EngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import { payloadKey, shardKeys } from "../redis/keys.ts";
import { translated } from "../redis/redis-error.ts";
import { addEntries, findMissing } from "../redis/run-entries.ts";
import { eventsOf, type StoredHistory } from "./history-file.ts";
import type { OpenStore } from "./projections.ts";

/** What came of a history that was given to a namespace. */
export interface ImportedRun {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
  readonly events: number; // of the history
  readonly added: number; // of them, that were not there yet
}

/**
 * Puts a history into a namespace byte by byte, where it is for reading only: nothing makes a worker take it. Goes on
 * where an earlier import ended.
 * @throws EngineError COMMAND_REFUSED when the namespace has another history under this id, or the run lives in it;
 * EVENT_UNREADABLE, EVENT_UNKNOWN when the history cannot be read
 */
export async function importHistory(
  { redis, namespace }: OpenStore,
  { header, entries, payloads }: StoredHistory,
): Promise<ImportedRun> {
  const { run, name, flow, createdAt } = header;
  eventsOf({ header, entries }); // nothing goes into the log that cannot be read there
  const { open } = shardKeys(namespace, shardOf(run, namespace.shards));
  const missing = await findMissing(redis, namespace, { run, entries, isWhole: false });
  if (missing.length > 0 && (await translated(async () => redis.hexists(open, run))) === 1)
    throw livesHere(run, namespace.name);
  await translated(async () => {
    for (const [sha256, bytes] of payloads)
      await redis.set(payloadKey(namespace, run, sha256), Buffer.from(bytes));
  });
  if (missing.length > 0)
    await addEntries(redis, namespace, { run, entries: missing, createdAt: String(createdAt) });
  return { run, name, flow, events: entries.length, added: missing.length };
}

function livesHere(run: string, namespace: string): EngineError {
  return new EngineError(
    "COMMAND_REFUSED",
    `Run ${run} is open in namespace ${namespace}, and its history cannot be added to from outside. Import it into another ` +
      `namespace: MILLRACE_NAMESPACE=NAME millrace import …`,
    { run, namespace },
  );
}
