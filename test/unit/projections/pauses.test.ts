import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pauseOf } from "../../../src/engine/pause-of.ts";
import {
  RunBlocked,
  RunCancelRequested,
  RunPaused,
  RunResumed,
  RunUnblocked,
} from "../../../src/events/run-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { reasonsOf } from "../../../src/projections/run-reasons.ts";
import { HistoryByHand } from "../../support/history-by-hand.ts";
import { randomHistory } from "../../support/random-histories.ts";

const begun = (): HistoryByHand => new HistoryByHand("r").created("orders").turn();
const pictureOf = ({ events }: HistoryByHand) => pictureAt(events, events.length);
const stateOf = (run: HistoryByHand): string => {
  const { state, stateName, message } = pictureOf(run).summary;
  return `${state} ${stateName} ${message ?? "-"}`;
};
const why = (run: HistoryByHand) => reasonsOf(pictureOf(run)).map(({ text }) => text);
const blocked = RunBlocked.make({ code: "E_INPUT", message: "other", turn: 1, codeHash: "h" });

describe("a paused run", () => {
  test("says so, by whom and why, until it is resumed", () => {
    const run = begun().add(RunPaused.make({ reason: "look first" }), { by: "client:ann" });
    expect(stateOf(run)).toBe("PAUSED Paused look first");
    expect(why(run)[0]).toBe("It was paused by client:ann (look first): millrace resume.");

    run.turn(); // the owner lets go of it
    expect(stateOf(run)).toBe("PAUSED Paused look first");

    run.add(RunResumed.make({ reason: null }));
    expect(stateOf(run)).toBe("RUNNING Running -");
  });

  test("that was not begun goes back to its schedule", () => {
    const run = new HistoryByHand("r").created("orders").add(RunPaused.make({ reason: null }));
    expect(stateOf(run)).toBe("PAUSED Paused -");

    expect(stateOf(run.add(RunResumed.make({ reason: null })))).toBe("SCHEDULED Scheduled -");
  });

  test("that is cancelled cleans up", () => {
    const run = begun()
      .add(RunPaused.make({ reason: null }))
      .add(RunCancelRequested.make({ reason: "no" }));

    expect(stateOf(run)).toBe("CANCELLING Cancelling no");
    expect(pictureOf(run).pause).toBeNull();
  });

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
