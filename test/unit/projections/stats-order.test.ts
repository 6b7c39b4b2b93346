import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import type { Projection } from "../../../src/projections/define.ts";
import { packDocument, unpackDocument } from "../../../src/projections/document.ts";
import { flowStats, mergeFlowStats } from "../../../src/projections/flow-stats.ts";
import { mergeTaskStats, taskStats } from "../../../src/projections/task-stats.ts";
import { foldDocuments } from "../../support/fold-documents.ts";
import { randomHistory } from "../../support/random-histories.ts";

type Run = readonly RecordedEvent[];

const runs: fc.Arbitrary<readonly Run[]> = fc
  .array(randomHistory(12), { minLength: 1, maxLength: 40 })
  .map((tellers) => tellers.map((tell, index) => tell(`run-${index}`)));

/** All events in an order in which runs take turns as `picks` say; each run's own order stays. */
function interleave(runs: readonly Run[], picks: readonly number[]): readonly RecordedEvent[] {
  const rest = runs.map((events) => [...events]);
  const woven: RecordedEvent[] = [];
  for (let step = 0; rest.length > 0; step += 1) {
    const at = (picks[step % picks.length] ?? 0) % rest.length;
    const event = rest[at]?.shift();
    if (event !== undefined) woven.push(event);
    if (rest[at]?.length === 0) rest.splice(at, 1);
  }
  return woven;
}

function packed<Doc extends object>(documents: ReadonlyMap<string, Doc>): Record<string, string> {
  const entries = [...documents].map(([id, doc]) => [id, Buffer.from(packDocument(doc)).toString("hex")]);
  return Object.fromEntries(entries);
}

/** As a reader of all shards gets them: stored, read and merged. */
function mergeShards<Doc extends object>(
  projection: Projection<Doc>,
  merge: (docs: readonly Doc[]) => Doc,
  shards: readonly (readonly RecordedEvent[])[],
): ReadonlyMap<string, Doc> {
  const stored = new Map<string, Doc[]>();
  for (const events of shards) {
    for (const [id, doc] of foldDocuments(projection, events)) {
      const read = unpackDocument(packDocument(doc), projection.initial());
      stored.set(id, [...(stored.get(id) ?? []), read]);
    }
  }
  return new Map([...stored].map(([id, docs]) => [id, merge(docs)]));
}

function lawsOf<Doc extends object>(projection: Projection<Doc>, merge: (docs: readonly Doc[]) => Doc): void {
  test("any order of runs gives the same bytes", () => {
    fc.assert(
      fc.property(runs, fc.array(fc.nat(), { minLength: 1 }), (runs, picks) => {
        const oneByOne = foldDocuments(projection, runs.flat());
        const woven = foldDocuments(projection, interleave(runs, picks));

        expect(packed(woven)).toEqual(packed(oneByOne));
      }),
      { numRuns: 200 },
    );
  });

  test("any split into shards, stored, read and merged, gives the same bytes", () => {
    fc.assert(
      fc.property(runs, fc.array(fc.nat(3), { minLength: 1 }), (runs, shardOf) => {
        const shards = [0, 1, 2, 3].map((shard) =>
          runs.filter((_, index) => shardOf[index % shardOf.length] === shard).flat(),
        );

        const merged = mergeShards(projection, merge, shards);

        expect(packed(merged)).toEqual(packed(foldDocuments(projection, runs.flat())));
      }),
      { numRuns: 200 },
    );
  });

  test("merging leaves the documents as they are", () => {
    fc.assert(
      fc.property(runs, (runs) => {
        const documents = foldDocuments(projection, runs.flat());
        const before = packed(documents);

        for (const doc of documents.values()) merge([doc, doc]);

        expect(packed(documents)).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });
}

describe("statistics of flows", () => lawsOf(flowStats, mergeFlowStats));
describe("statistics of tasks", () => lawsOf(taskStats, mergeTaskStats));
