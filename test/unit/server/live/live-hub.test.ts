import { expect, test } from "vitest";
import { type CursorHome, readCursor } from "../../../../src/server/live/cursor.ts";
import type { Frame } from "../../../../src/server/live/frame.ts";
import { type Begin, LiveHub } from "../../../../src/server/live/live-hub.ts";
import { HandClock } from "../../../support/hand-clock.ts";
import { LiveWorld } from "../../../support/live-world.ts";

const home: CursorHome = { name: "world", shards: 2 };

/** A hub that reads a log in memory, and that is told of nothing. */
function openHub(world: LiveWorld, clock: HandClock): LiveHub {
  return new LiveHub({
    home,
    openNews: () => ({
      start: async () => Promise.resolve(world.places()),
      places: world.places(),
      stop: async () => Promise.resolve(),
    }),
    reads: world.reads(),
    rows: async () => Promise.resolve([]),
    feed: async () => Promise.reject(new Error("nobody listens to rows")),
    folded: async () => Promise.resolve(null),
    capacity: async () => Promise.resolve({}),
    clock,
    onTrouble: (error) => {
      throw error;
    },
  });
}

test("who comes back when nobody listened hears what came meanwhile, not what was read before", async () => {
  const [world, clock] = [new LiveWorld(), new HandClock()];
  const hub = openHub(world, clock);
  const frames: Frame[] = [];
  const outlet = { blockedAt: null, send: (frame: Frame) => frames.push(frame) };
  const topics = { runs: new Map(), rows: false, log: true, capacity: false };
  const listen = async (cursor: Begin["cursor"]): Promise<string> => {
    const client = await hub.join({ topics, cursor, isDamaged: false }, outlet);
    await clock.pass(200);
    client.lookAtAll(); // a hint that has nothing behind it: the end is read
    hub.wake();
    await clock.pass(200);
    hub.leave(client);
    return client.cursor();
  };

  const lastId = await listen(null);
  world.append("a", 1);
  await listen(readCursor(home, lastId));

  expect(frames.map(({ data }) => data)).toEqual([expect.stringContaining('"position":1')]);
});
