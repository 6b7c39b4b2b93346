import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pauseOf } from "../../../src/engine/pause-of.ts";
import { RunBlocked, RunPaused, RunUnblocked } from "../../../src/events/run-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { HistoryByHand } from "../../support/history-by-hand.ts";
import { randomHistory } from "../../support/random-histories.ts";

const begun = (): HistoryByHand => new HistoryByHand("r").created("orders").turn();
const pictureOf = ({ events }: HistoryByHand) => pictureAt(events, events.length);
const stateOf = (run: HistoryByHand): string => {
  const { state, stateName, message } = pictureOf(run).summary;
  return `${state} ${stateName} ${message ?? "-"}`;
};
const blocked = RunBlocked.make({ code: "E_INPUT", message: "other", turn: 1, codeHash: "h" });

describe("a paused run", () => {
  test("that is blocked, too, is paused still when it is unblocked", () => {
    const run = begun()
      .add(RunPaused.make({ reason: "p" }))
      .add(blocked);
    expect(stateOf(run)).toBe("PAUSED Blocked other");

    expect(stateOf(run.add(RunUnblocked.make({ reason: null })))).toBe("PAUSED Paused p");
  });
});

test("what holds a run back for its workers is what its picture shows", () => {
  fc.assert(
    fc.property(randomHistory(), (tell) => {
      const events = tell("r");
      for (let n = 1; n <= events.length; n += 1) {
        const { summary, pause } = pictureAt(events, n);
        if (summary.endedAt !== null) return;
        const held = pauseOf(events.slice(0, n));
        expect(pause?.at ?? null).toBe(held?.recordedAt ?? null);
        expect(summary.paused === null).toBe(held === null);
      }
    }),
    { numRuns: 300 },
  );
});
