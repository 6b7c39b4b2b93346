import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../../src/events/catalog.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { packDocument, unpackDocument } from "../../../src/projections/document.ts";
import { mergeRunMetrics } from "../../../src/projections/merge-run-metrics.ts";
import { newRunMetrics, type RunMetrics } from "../../../src/projections/run-metrics-document.ts";
import { foldMetrics } from "../../support/fold-metrics.ts";
import { randomHistory } from "../../support/random-histories.ts";

/** Counts without any fold: by looking at the list of events. */
function countTypes(events: readonly RecordedEvent[]): Record<string, number> {
  return Object.fromEntries(
    catalog.map(({ type }) => [type, events.filter((event) => event.type === type).length]),
  );
}

function total(
  documents: Iterable<RunMetrics>,
  countsOf: (document: RunMetrics) => ReadonlyMap<string, number>,
) {
  const sums: Record<string, number> = {};
  for (const document of documents)
    for (const [key, count] of countsOf(document)) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

const histories = fc
  .array(randomHistory(), { minLength: 1, maxLength: 8 })
  .map((tellers) => tellers.map((tell, index) => tell(`run-${index}`)));
const packed = (documents: ReadonlyMap<string, RunMetrics>) =>
  new Map([...documents].map(([id, document]) => [id, Buffer.from(packDocument(document)).toString("hex")]));

describe("any histories", () => {
  test("every event is counted once, and attempts and ends as often as they happened", () => {
    fc.assert(
      fc.property(histories, (all) => {
        const events = all.flat();
        const documents = [...foldMetrics(all).values()];
        const counted = countTypes(events);

        const types = total(documents, (document) => document.events);
        const attempts = total(documents, ({ attempts }) => attempts);
        const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

        for (const [type, count] of Object.entries(counted)) expect(types[type] ?? 0).toBe(count);
        const ends = [
          "TaskCompleted",
          "TaskReused",
          "TaskFailed",
          "TaskAttemptFailed",
          "TaskCrashed",
        ] as const;
        expect(sum(attempts)).toBe(ends.reduce((count, type) => count + (counted[type] ?? 0), 0));
        expect(attempts["ok"] ?? 0).toBe(counted["TaskCompleted"]);
        expect(attempts["cached"] ?? 0).toBe(counted["TaskReused"] ?? 0);
        expect(total(documents, ({ retries }) => retries)["crashed"] ?? 0).toBe(counted["TaskCrashed"]);
        expect(sum(total(documents, ({ started }) => started))).toBe(counted["RunStarted"]);
        expect(total(documents, ({ finished }) => finished)["completed"] ?? 0).toBe(counted["RunCompleted"]);
        expect(documents.reduce((lost, { ownersLost }) => lost + ownersLost, 0)).toBe(counted["OwnerLost"]);
      }),
      { numRuns: 300 },
    );
  });

  test("give the same documents in any order of the runs, and however they are spread over shards", () => {
    const split = fc.tuple(histories, fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }), fc.nat());
    fc.assert(
      fc.property(split, ([all, shards, turn]) => {
        const whole = foldMetrics(all);
        const rotated = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)].reverse();
        const parts = [0, 1, 2].map((shard) =>
          foldMetrics(all.filter((_, index) => shards[index] === shard)),
        );

        expect(packed(foldMetrics(rotated))).toEqual(packed(whole));
        expect(packed(mergeRunMetrics(parts))).toEqual(packed(whole));
        expect(packed(mergeRunMetrics(parts.reverse()))).toEqual(packed(whole));
      }),
      { numRuns: 300 },
    );
  });

  test("survive being stored and read", () => {
    fc.assert(
      fc.property(histories, (all) => {
        for (const document of foldMetrics(all).values())
          expect(unpackDocument(packDocument(document), newRunMetrics())).toEqual(document);
      }),
      { numRuns: 100 },
    );
  });
});

test("merging leaves the documents of the shards as they were", () => {
  fc.assert(
    fc.property(histories, (all) => {
      const documents = foldMetrics(all);
      const before = packed(documents);

      mergeRunMetrics([documents, documents]);

      expect(packed(documents)).toEqual(before);
    }),
    { numRuns: 50 },
  );
});
