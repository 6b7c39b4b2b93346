import * as fc from "fast-check";
import { expect, test } from "vitest";
import { firstDivergence } from "../../../src/projections/compare-runs.ts";
import { flowStats } from "../../../src/projections/flow-stats.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { reasonsOf } from "../../../src/projections/run-reasons.ts";
import { taskStats } from "../../../src/projections/task-stats.ts";
import { foldDocuments } from "../../support/fold-documents.ts";
import { randomHistory } from "../../support/random-histories.ts";

/** A history of which events are missing: no engine writes one, and a reader must not fall over it. */
const damaged = randomHistory().chain((tell) => fc.subarray([...tell("r")]));

test("folds and comparisons take any events: an event in the log is a fact", () => {
  fc.assert(
    fc.property(damaged, damaged, (events, others) => {
      const picture = pictureAt(events, events.length);

      expect(picture.summary.position).toBe(events.at(-1)?.position ?? 0);
      expect(reasonsOf(picture).length).toBeGreaterThan(0);
      expect(firstDivergence(events, events)).toBeNull();
      expect(() => firstDivergence(events, others)).not.toThrow();
      expect(() => firstDivergence(events, others, { ignoreOrder: true })).not.toThrow();
      const documents = [foldDocuments(flowStats, events), foldDocuments(taskStats, events)];
      for (const ids of documents) expect([...ids.keys()]).not.toContain("");
    }),
    { numRuns: 500 },
  );
});
