import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import { type CopiedRun, copyRun } from "../redis/copy-runs.ts";
import { openNamespace } from "../redis/open-namespace.ts";
import { scanRuns } from "../redis/scan-runs.ts";
import { catchUp, countRuns, type OnProgress, type OpenStore } from "./projections.ts";
import { type Difference, verifyProjections } from "./verify-projections.ts";

export interface LogCopy {
  readonly runs: number;
  readonly events: number;
  readonly payloads: number; // values that lie beside the streams
  readonly digest: string; // SHA-256 over the runs in the order of their ids: equal logs have equal digests
  readonly difference: Difference | null; // of the documents of the copy; null = they are what the events make of them
}

/**
 * Replays the whole log into another namespace of the same Redis, and builds its documents there from nothing: an audit
 * that leaves what is in use alone, and an archive. Nothing in the copy runs.
 * @throws EngineError OPTION_INVALID when the target is the source, COMMAND_REFUSED when it has other histories
 */
export async function copyLog(
  store: OpenStore,
  { into, onProgress }: { readonly into: string; readonly onProgress: OnProgress },
): Promise<LogCopy> {
  const { redis, namespace } = store;
  if (into === namespace.name)
    throw new EngineError(
      "OPTION_INVALID",
      `Namespace ${into} cannot be copied into itself; choose another name.`,
    );
  const to = await openNamespace(redis, into, namespace.shards);
  const total = await countRuns(store);
  const copied = new Map<string, CopiedRun>();
  for (let shard = 0; shard < namespace.shards; shard += 1) {
    for await (const page of scanRuns(redis, namespace, shard)) {
      for (const [run, createdAt] of page)
        copied.set(run, await copyRun(redis, { from: namespace, to }, run, createdAt));
      onProgress({ runs: Math.min(copied.size, total), total });
    }
  }
  const copy = { redis, namespace: to };
  await catchUp(copy);
  const difference = await verifyProjections(copy, { onProgress: () => undefined });
  const all = [...copied.values()];
  return {
    runs: copied.size,
    events: all.reduce((sum, { events }) => sum + events, 0),
    payloads: all.reduce((sum, { payloads }) => sum + payloads, 0),
    digest: digestOf(copied),
    difference,
  };
}

function digestOf(copied: ReadonlyMap<string, CopiedRun>): string {
  const hash = createHash("sha256");
  for (const run of [...copied.keys()].toSorted()) hash.update(`${run} ${copied.get(run)?.digest}\n`);
  return hash.digest("hex");
}
