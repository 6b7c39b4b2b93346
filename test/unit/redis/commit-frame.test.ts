import { expect, test, vi } from "vitest";
import type { Event } from "../../../src/events/catalog.ts";
import { decodeValue, encodeEvent } from "../../../src/events/codec.ts";
import { CommitFrame } from "../../../src/redis/commit-frame.ts";
import type { CommitItem } from "../../../src/redis/commit-item.ts";
import { taskDone, turn } from "../../support/log-suite-events.ts";

const blank = { kind: "own", owner: "w1", epoch: 1, seen: 3, after: "keep", dueIn: -1 } as const;

function itemOf(batch: number, events: readonly Event[]): CommitItem {
  return {
    ...blank,
    run: "r1",
    batch,
    dedupe: "",
    attempt: "",
    holder: "",
    tasks: [],
    actor: "worker:w1",
    events,
  };
}

function add(frame: CommitFrame, item: CommitItem): unknown[] {
  const refusals: unknown[] = [];
  frame.add({ item, resolve: vi.fn<() => void>(), reject: (error) => refusals.push(error) });
  return refusals;
}

/** The items as the script unpacks them; it takes the bodies as bytes, and they may be no text. */
function bodiesOf(frame: CommitFrame): readonly Buffer[] {
  const bytes = Buffer.from(frame.toArgument());
  const bodies: Buffer[] = [];
  for (let place = bytes.indexOf(0xdb); place !== -1; ) {
    const end = place + 5 + bytes.readUInt32BE(place + 1);
    bodies.push(bytes.subarray(place + 5, end));
    place = bytes.indexOf(0xdb, end);
  }
  return bodies;
}

test("a frame holds the events as they are stored, the actor once a commit", () => {
  const frame = new CommitFrame();
  const long = taskDone("k".repeat(9_000)); // larger than what the packer and the frame begin with

  add(frame, itemOf(1, [turn(1), long]));
  add(frame, itemOf(2, [turn(2)]));

  const actor = "worker:w1";
  const stored = [encodeEvent(turn(1), actor), encodeEvent(long, null), encodeEvent(turn(2), actor)];
  expect(bodiesOf(frame)).toEqual(stored.map((bytes) => Buffer.from(bytes)));
});

test("what cannot be written is refused alone", () => {
  const frame = new CommitFrame();
  const unknown = { type: "NobodyKnows", data: {} } as unknown as Event;

  const refusals = [
    add(frame, itemOf(1, [turn(1)])),
    add(frame, itemOf(2, [turn(2), unknown])),
    add(frame, itemOf(3, [])),
  ];

  expect(refusals).toEqual([[], [expect.objectContaining({ code: "EVENT_UNKNOWN" })], []]);
  expect(frame.waiting.map(({ item }) => item.batch)).toEqual([1, 3]);
  const items = decodeValue(frame.toArgument(), "the items") as unknown[][];
  expect(items.map(([header]) => (header as unknown[])[4])).toEqual([1, 3]);
});

test("a frame is full after 32 items, or a megabyte", () => {
  const many = new CommitFrame();
  const large = new CommitFrame();

  for (let batch = 1; batch <= 32; batch += 1) {
    expect(many.isFull).toBe(false);
    add(many, itemOf(batch, []));
  }
  add(large, itemOf(1, [taskDone("k".repeat(1024 * 1024))]));

  expect(many.isFull).toBe(true);
  expect(large.isFull).toBe(true);
});

test("a value may change after it was added", () => {
  const frame = new CommitFrame();
  const event = turn(1);
  const item = itemOf(1, [event]);

  add(frame, item);
  const before = Buffer.from(frame.toArgument());
  Object.assign(event.data, { turn: 99 });

  expect(Buffer.from(frame.toArgument())).toEqual(before);
});
