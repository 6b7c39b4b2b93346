import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cursor, readCursor, writeCursor } from "../../../../src/server/live/cursor.ts";
import { isBehind } from "../../../../src/server/live/feed-places.ts";
import { toPiece, writeFrame } from "../../../../src/server/live/frame.ts";
import { Subscription } from "../../../../src/server/live/subscription.ts";
import { readTopics } from "../../../../src/server/live/topics.ts";

const home = { name: "shop", shards: 3 };
const nowhere = { id: "0-0", count: 0 };
const begin: Cursor = { runs: new Map([["r1", 4]]), rows: [nowhere, nowhere, nowhere], log: null };
const row = (run: string, position: number, state: string) => ({ ...toPiece({ run, state }), run, position });
const event = (position: number) => ({ ...toPiece({ position }), position });
const parse = (text: string | undefined): unknown => JSON.parse(text ?? "null");

function open() {
  return new Subscription(begin, (cursor) => writeCursor(home, cursor));
}

describe("a subscription", () => {
  test("puts all topics into one frame, a run's row only in its newest form", () => {
    const subscription = open();
    subscription.addEvents("r1", [event(5), event(6)]);
    subscription.addRows(1, [row("r1", 5, "RUNNING"), row("r2", 1, "RUNNING")], { id: "7-0", count: 2 });
    subscription.addRows(1, [row("r1", 6, "COMPLETED")], { id: "8-0", count: 3 });
    subscription.setCapacity(toPiece({ sentence: "old" }));
    subscription.setCapacity(toPiece({ sentence: "new" }));

    const frame = subscription.take(1_000);

    expect(parse(frame?.data)).toEqual([
      { topic: "run:r1", events: [{ position: 5 }, { position: 6 }] },
      {
        topic: "runs",
        rows: [
          { run: "r1", state: "COMPLETED" },
          { run: "r2", state: "RUNNING" },
        ],
      },
      { topic: "capacity", capacity: { sentence: "new" } },
    ]);
    expect(readCursor(home, frame?.id ?? "")).toMatchObject({
      runs: new Map([["r1", 6]]),
      rows: [nowhere, { id: "8-0", count: 3 }, nowhere],
    });
    expect(subscription.bytes).toBe(0);
  });

  test("lets no two frames go out within a tenth of a second", () => {
    const subscription = open();
    subscription.addEvents("r1", [event(5)]);
    subscription.take(1_000);
    subscription.addEvents("r1", [event(6)]);

    expect(subscription.take(1_099)).toBeNull();
    expect(parse(subscription.take(1_100)?.data)).toEqual([{ topic: "run:r1", events: [{ position: 6 }] }]);
  });

  test("leaves out what it has, and what would leave a gap", () => {
    const subscription = open();

    subscription.addEvents("r1", [event(3), event(4), event(5), event(7)]);
    subscription.addEvents("unknown", [event(1)]);

    expect(parse(subscription.take(0)?.data)).toEqual([{ topic: "run:r1", events: [{ position: 5 }] }]);
  });

  test("says where it goes on after a reset, and has no room once 2,000 pieces or a megabyte wait", () => {
    const subscription = open();
    subscription.addEvents(
      "r1",
      Array.from({ length: 2_000 }, (_, index) => event(5 + index)),
    );
    expect(subscription.room).toBe(0);

    subscription.skip({ runs: new Map([["r1", 9_000]]) });

    expect(subscription.room).toBe(2_000);
    const frame = subscription.take(0);
    expect(frame).toMatchObject({ event: "reset" });
    expect(parse(frame?.data)).toEqual([{ topic: "run:r1", position: 9_000 }, { topic: "runs" }]);
    expect(subscription.isEmpty).toBe(true);

    subscription.setCapacity(toPiece("x".repeat(1024 * 1024)));
    expect(subscription.room).toBe(0);
  });
});

describe("a cursor", () => {
  const place = fc
    .tuple(fc.nat(2 ** 43), fc.nat(999), fc.integer({ min: 1, max: 2 ** 31 }))
    .map(([ms, seq, count]) => ({ id: `${ms}-${seq}`, count }));
  const places = fc.option(fc.array(fc.oneof(fc.constant(nowhere), place), { minLength: 3, maxLength: 3 }), {
    nil: null,
  });
  const runs = fc
    .array(fc.tuple(fc.stringMatching(/^[A-Za-z0-9][\w-]{0,30}$/), fc.nat()))
    .map((list) => new Map(list));

  test("comes back as it was, and holds nothing that a header cannot carry", () => {
    fc.assert(
      fc.property(fc.record({ runs, rows: places, log: places }), (cursor) => {
        const text = writeCursor(home, cursor);

        expect(readCursor(home, text)).toEqual(cursor);
        expect(text).toMatch(/^[\w-]+$/);
      }),
    );
  });

  test("of another namespace, of other shards, or damaged says nothing", () => {
    const text = writeCursor(home, begin);

    expect(readCursor({ ...home, name: "other" }, text)).toBeNull();
    expect(readCursor({ ...home, shards: 4 }, text)).toBeNull();
    fc.assert(fc.property(fc.string(), (damaged) => readCursor(home, damaged) === null));
  });
});

test("an entry of a feed is behind another one by its time, then by its number", () => {
  const at = (id: string) => ({ id, count: 1 });

  expect(isBehind(at("9-0"), at("10-0"))).toBe(false);
  expect(isBehind(at("10-2"), at("10-1"))).toBe(true);
  expect(isBehind(at("10-1"), at("10-1"))).toBe(false);
});

test("a frame is written as server-sent events are", () => {
  expect(writeFrame({ id: "abc", event: "batch", data: "[]" })).toBe("id: abc\nevent: batch\ndata: []\n\n");
});

describe("topics", () => {
  test("name runs with the position to begin after, and what else there is", () => {
    expect(readTopics("run:r1@7,runs,run:r1@3,run:r2")).toEqual({
      runs: new Map([
        ["r1", 3],
        ["r2", 0],
      ]),
      rows: true,
      log: false,
      capacity: false,
    });
  });

  test.each(["", "nothing", "run:", "run:../x@1", "run:r1@-1", "run:r1@1e3", `run:${"x".repeat(65)}`])(
    "refuse %j",
    (text) => {
      expect(() => readTopics(text)).toThrow(/not of the form/);
    },
  );
});
