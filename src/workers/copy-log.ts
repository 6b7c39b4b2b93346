import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import { copyRun, scanRuns } from "../redis/copy-runs.ts";
import { openNamespace } from "../redis/open-namespace.ts";
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
  const digests = new Map<string, string>();
  let events = 0;
  let payloads = 0;
  for (let shard = 0; shard < namespace.shards; shard += 1) {
    for await (const page of scanRuns(redis, namespace, shard)) {
      for (const [run, createdAt] of page) {
        if (digests.has(run)) continue;
        const copied = await copyRun(redis, { from: namespace, to }, run, createdAt);
        digests.set(run, copied.digest);
        events += copied.events;
        payloads += copied.payloads;
      }
      onProgress({ runs: Math.min(digests.size, total), total });
    }
  }
  const copy = { redis, namespace: to };
  await catchUp(copy);
  const difference = await verifyProjections(copy, { onProgress: () => undefined });
  return { runs: digests.size, events, payloads, digest: digestOf(digests), difference };
}

function digestOf(digests: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const run of [...digests.keys()].toSorted()) hash.update(`${run} ${digests.get(run)}\n`);
  return hash.digest("hex");
}
