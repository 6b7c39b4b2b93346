import { describe, expect, test } from "vitest";
import { recordError } from "../../../src/base/recorded-error.ts";
import type { Event } from "../../../src/events/catalog.ts";
import { isType, type RecordedEvent } from "../../../src/events/envelope.ts";
import {
  OwnerLost,
  RunCompleted,
  RunCrashed,
  RunCreated,
  RunFailed,
  RunStarted,
} from "../../../src/events/run-events.ts";
import { toRecorded } from "../../../src/events/to-recorded.ts";
import { TurnTaken } from "../../../src/events/turn-events.ts";
import type { OpenRecord } from "../../../src/redis/held.ts";
import type { RunOutline } from "../../../src/redis/list-runs.ts";
import type { RosterEntry } from "../../../src/redis/roster.ts";
import { isServed, stateOf } from "../../../src/workers/run-state.ts";

const at = (position: number, event: Event): RecordedEvent =>
  toRecorded(event, { run: "r", position, recordedAt: 1_000 + position, actor: "test" });

const first = at(
  1,
  RunCreated.make({
    flow: "orders",
    name: "brisk-otter",
    input: new Uint8Array([0xc0]),
    queue: "default",
    tags: [],
    root: null,
    createdAt: 1_000,
    source: null,
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  }),
);
const turn = at(
  2,
  TurnTaken.make({ n: 1, epoch: 1, elapsedMs: 0, codeHash: "", flags: [], delivered: [], done: false }),
);
const started = at(3, RunStarted.make({ input: null }));
const lost = at(4, OwnerLost.make({ worker: "w1", epoch: 1 }));

const parked: OpenRecord = { run: "r", owner: null, isBlocked: false };
const owned: OpenRecord = { run: "r", owner: { worker: "w1", epoch: 1 }, isBlocked: false };
const blocked: OpenRecord = { run: "r", owner: null, isBlocked: true };

const card = (change: Partial<RosterEntry>): RosterEntry => ({
  id: "w1",
  host: "h",
  pid: 1,
  queues: ["default"],
  flows: ["orders"],
  startedAt: 0,
  isLocal: false,
  lanes: { orders: ["default"] },
  code: {},
  isAlive: true,
  ...change,
});

function outline(last: RecordedEvent, open: OpenRecord | null): RunOutline {
  if (!isType(first, "RunCreated")) throw new Error("the first event is RunCreated");
  return { run: "r", created: first, startedAt: last.position > 1 ? started.recordedAt : null, last, open };
}

describe("the state of a run", () => {
  const alive = [card({})];
  const dead = [card({ isAlive: false })];
  const script = [card({ isLocal: true })];
  test.each([
    ["created, and nobody has it", first, parked, [], "SCHEDULED Scheduled"],
    ["created, and a worker has it", first, owned, alive, "PENDING Pending"],
    ["a living worker has it", started, owned, alive, "RUNNING Running"],
    ["a living script has it", started, owned, script, "RUNNING Running"],
    ["its worker died", started, owned, dead, "CRASHED Crashed"],
    ["its worker is not on the list", started, owned, [], "CRASHED Crashed"],
    ["parked, and a worker would take it", turn, parked, alive, "RUNNING Running"],
    ["parked, and only a script is there", turn, parked, script, "PAUSED Suspended"],
    ["parked, and nobody is there", turn, parked, dead, "PAUSED Suspended"],
    ["taken from a dead worker, and nobody is there", lost, parked, [], "CRASHED Crashed"],
    ["taken from a dead worker, and another would take it", lost, parked, alive, "RUNNING Running"],
    ["blocked", turn, blocked, alive, "PAUSED Blocked"],
  ] as const)("%s", (...[, last, open, roster, expected]) => {
    const { type, name, isFinal } = stateOf(outline(last, open), roster);

    expect(`${type} ${name}`).toBe(expected);
    expect(isFinal).toBe(false);
  });

  test.each([
    [RunCompleted.make({ output: new Uint8Array(), name: "Cached", message: null }), "COMPLETED Cached"],
    [
      RunFailed.make({ error: recordError(new Error("x")), name: "TimedOut", message: "x" }),
      "FAILED TimedOut",
    ],
    [RunCrashed.make({ message: "x" }), "CRASHED Crashed"],
  ])("ends as its last event says: %j", (event, expected) => {
    const { type, name, isFinal } = stateOf(outline(at(9, event), null), []);

    expect(`${type} ${name}`).toBe(expected);
    expect(isFinal).toBe(true);
  });
});

describe("a flow is served", () => {
  test.each([
    ["by a living worker of its queue", card({}), true],
    ["not by a dead one", card({ isAlive: false }), false],
    ["not by a script", card({ isLocal: true }), false],
    ["not by one of another queue", card({ lanes: { orders: ["night"] } }), false],
    ["not by one without its code", card({ flows: ["other"], lanes: { other: ["default"] } }), false],
    ["by one that does not tell its lanes", card({ lanes: {} }), true],
  ])("%s", (_what, worker, expected) => {
    expect(isServed([worker], "orders", "default")).toBe(expected);
  });
});
