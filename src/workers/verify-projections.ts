import { decodeEvent } from "../events/codec.ts";
import { unpackDocument } from "../projections/document.ts";
import { newSummary } from "../projections/run-summary.ts";
import { View } from "../projections/view.ts";
import { runKey } from "../redis/keys.ts";
import { holdShard, readBuilds } from "../redis/view-builds.ts";
import { type BuildPlace, readAllRunDocuments, readDocuments } from "../redis/view-store.ts";
import { currentSet, type ProjectionSet } from "./projection-set.ts";
import { countRuns, type OnProgress, type OpenStore } from "./projections.ts";

/** The first document that is not what its events make of it. */
export interface Difference {
  readonly shard: number;
  readonly projection: string; // "run-summary" for the summary of a run
  readonly id: string;
  readonly stored: unknown; // the document, decoded; null = there is none
  readonly expected: unknown; // null = there should be none
}

interface Snapshot {
  readonly place: BuildPlace;
  readonly runs: ReadonlyMap<string, Buffer>;
  readonly documents: ReadonlyMap<string, ReadonlyMap<string, Buffer>>;
}

const holdMs = 5_000;

/**
 * Folds every event that the documents hold once more, in memory, and compares byte by byte. Projectors wait for the
 * moment in which a shard's documents are read; the folding goes on beside them.
 * @returns the first document that differs; null = all are right
 */
export async function verifyProjections(
  store: OpenStore,
  { onProgress, set = currentSet }: { readonly onProgress: OnProgress; readonly set?: ProjectionSet },
): Promise<Difference | null> {
  const { redis, namespace } = store;
  const total = await countRuns(store);
  let runs = 0;
  for (let shard = 0; shard < namespace.shards; shard += 1) {
    const { live } = await readBuilds(redis, namespace, shard, set.signature);
    if (live === null) continue; // nothing is complete yet, so nothing can be wrong
    const snapshot = await takeSnapshot(store, { namespace, shard, build: live }, set);
    const difference = await compare(store, snapshot, set, () => {
      runs += 1;
      onProgress({ runs: Math.min(runs, total), total });
    });
    if (difference !== null) return difference;
  }
  return null;
}

async function takeSnapshot({ redis }: OpenStore, place: BuildPlace, set: ProjectionSet): Promise<Snapshot> {
  const { namespace, shard } = place;
  await holdShard(redis, namespace, shard, holdMs);
  try {
    const runs = await readAllRunDocuments(redis, place);
    const documents = new Map<string, ReadonlyMap<string, Buffer>>();
    for (const { name } of set.projections) documents.set(name, await readDocuments(redis, place, name));
    return { place, runs, documents };
  } finally {
    await holdShard(redis, namespace, shard, 0);
  }
}

async function compare(
  { redis }: OpenStore,
  { place, runs, documents }: Snapshot,
  { projections }: ProjectionSet,
  onRun: () => void,
): Promise<Difference | null> {
  const { shard, namespace } = place;
  const view = new View(projections);
  for (const [run, bytes] of runs) {
    const stored = unpackDocument(bytes, newSummary(run));
    view.load(run, null);
    const last = Math.max(1, stored.position);
    const entries = await redis.xrangeBuffer(runKey(namespace, run), "1", `${last}`);
    foldEntries(view, run, entries.slice(0, stored.position));
    const again = view.packedRun(run);
    if (again === null || Buffer.compare(bytes, again) !== 0) {
      const expected = again === null ? null : unpackDocument(again, newSummary(run));
      return { shard, projection: "run-summary", id: run, stored, expected };
    }
    view.stored();
    view.drop(run);
    onRun();
  }
  return compareDocuments(shard, documents, view, projections);
}

function foldEntries(view: View, run: string, entries: readonly [id: Buffer, fields: Buffer[]][]): void {
  let actor = "unknown";
  for (const [index, [, fields]] of entries.entries()) {
    const event = decodeEvent(fields[1] ?? Buffer.alloc(0), { run, position: index + 1, actor });
    actor = event.actor;
    view.apply(event);
  }
}

function compareDocuments(
  shard: number,
  documents: Snapshot["documents"],
  view: View,
  projections: ProjectionSet["projections"],
): Difference | null {
  const again = view.packed();
  for (const { name, initial } of projections) {
    const stored = documents.get(name) ?? new Map<string, Buffer>();
    const expected = again.get(name) ?? new Map<string, Uint8Array>();
    for (const id of [...new Set([...stored.keys(), ...expected.keys()])].toSorted()) {
      const one = stored.get(id);
      const other = expected.get(id);
      if (one !== undefined && other !== undefined && Buffer.compare(one, other) === 0) continue;
      const read = (bytes: Uint8Array | undefined): unknown =>
        bytes === undefined ? null : unpackDocument(bytes, initial());
      return { shard, projection: name, id, stored: read(one), expected: read(other) };
    }
  }
  return null;
}
