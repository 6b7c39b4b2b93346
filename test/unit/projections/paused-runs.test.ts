import { expect, test } from "vitest";
import { encodeValue } from "../../../src/events/codec.ts";
import { RunCancelRequested, RunPaused, RunReopened, RunResumed } from "../../../src/events/run-events.ts";
import { SignalReceived } from "../../../src/events/signal-events.ts";
import { pictureAt } from "../../../src/projections/fold-picture.ts";
import { reasonsOf } from "../../../src/projections/run-reasons.ts";
import { HistoryByHand } from "../../support/history-by-hand.ts";

const paused = RunPaused.make({ reason: "look first" });
const resumed = RunResumed.make({ reason: null });
const created = () => new HistoryByHand("r").created("orders");
const begun = () => created().turn().task("load#1");

const pictureOf = ({ events }: HistoryByHand) => pictureAt(events, events.length);
function stateOf(run: HistoryByHand): string {
  const { state, stateName, message } = pictureOf(run).summary;
  return `${state} ${stateName}${message === null ? "" : `: ${message}`}`;
}

test("a run that somebody paused is Paused, with the reason, until somebody lets it go on", () => {
  const run = begun().add(paused, { by: "client:c1" });
  expect(stateOf(run)).toBe("PAUSED Paused: look first");
  expect(reasonsOf(pictureOf(run))[0]?.text).toBe("It was paused by client:c1 (look first).");
  expect(pictureOf(run).pause).toEqual({ position: 4, at: 1_000, by: "client:c1", reason: "look first" });

  run.add(SignalReceived.make({ name: "go", id: "s1", payload: encodeValue(1) }));
  expect(stateOf(run)).toBe("PAUSED Paused: look first");
  run.add(resumed);
  expect(stateOf(run)).toBe("RUNNING Running");
  expect(pictureOf(run).pause).toBeNull();
});

test("one that was not begun is Paused too, and Scheduled again afterwards", () => {
  const run = created().add(RunPaused.make({ reason: null }));
  expect(stateOf(run)).toBe("PAUSED Paused");
  expect(reasonsOf(pictureOf(run)).map(({ text }) => text)).toEqual([
    "It was paused by worker:w1.",
    "No worker has begun it.",
  ]);

  expect(stateOf(run.add(resumed))).toBe("SCHEDULED Scheduled");
});

test("a request to end lets it go on, and so does another attempt", () => {
  const cancelled = begun()
    .add(paused)
    .add(RunCancelRequested.make({ reason: "enough" }));
  const reopened = begun()
    .add(paused)
    .add(RunReopened.make({ attempt: 2, reason: null }));

  expect(stateOf(cancelled)).toBe("CANCELLING Cancelling: enough");
  expect(stateOf(reopened)).toBe("SCHEDULED AwaitingRetry");
  for (const run of [cancelled, reopened]) expect(pictureOf(run).pause).toBeNull();
});
