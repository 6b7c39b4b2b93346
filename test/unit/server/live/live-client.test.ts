import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Bounds } from "../../../../src/server/live/subscription.ts";
import { Listener, LiveWorld } from "../../../support/live-world.ts";

const runs = ["a", "bb"];
const bounds: Bounds = { frameMs: 100, pieces: 7, bytes: 10_000 };

type Step =
  | { readonly do: "append"; readonly run: string; readonly count: number; readonly isHinted: boolean }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "block" | "free" | "break" | "look" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("append" as const),
    run: fc.constantFrom(...runs),
    count: fc.integer({ min: 1, max: 12 }),
    isHinted: fc.boolean(),
  }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ do: fc.constantFrom("block" as const, "free" as const, "break" as const, "look" as const) }),
);

async function take(world: LiveWorld, listener: Listener, step: Step): Promise<void> {
  switch (step.do) {
    case "append":
      world.append(step.run, step.count);
      if (!step.isHinted) return;
      listener.client.hintRun(step.run);
      listener.client.hintShard(step.run.length % 2);
      break;
    case "pass":
      world.now += step.ms;
      break;
    case "block":
      listener.blockedAt ??= world.now;
      return;
    case "free":
      listener.blockedAt = null;
      break;
    case "break":
      listener.reconnect();
      break;
    case "look":
      listener.client.lookAtAll();
  }
  await listener.pump();
}

/** Nothing hinders any more: everything that is there arrives. */
async function settle(world: LiveWorld, listener: Listener): Promise<void> {
  listener.blockedAt = null;
  listener.client.lookAtAll();
  do {
    world.now += bounds.frameMs;
    await listener.pump();
  } while (listener.client.nextAt !== null);
}

const isReset = ({ frame }: Listener["frames"][number]): boolean => frame.event === "reset";

describe("a client of the live stream", () => {
  test("hears each event once and in order, whatever is lost, late, blocked or broken off", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const world = new LiveWorld();
        world.append("a", 2); // the log has a past, which is not news
        const before = world.all();
        const listener = new Listener(world, runs, bounds);
        for (const each of steps) await take(world, listener, each);
        await settle(world, listener);

        expect(listener.faults).toEqual([]);
        expect(listener.mostBytes).toBeLessThan(bounds.pieces * 40 + 3 * 40); // one reading of the feed more
        if (listener.frames.some(isReset)) return;
        const after = world.all().filter((text) => !before.includes(text));
        expect(listener.seen.toSorted()).toEqual(world.all().toSorted());
        expect(listener.log.toSorted()).toEqual(after.toSorted());
      }),
      { numRuns: 1_000 },
    );
  });

  test("that takes nothing for long misses the rest, is told so, and goes on from the newest event", async () => {
    const world = new LiveWorld();
    const listener = new Listener(world, runs, bounds);
    listener.blockedAt = world.now;
    world.append("a", 40);
    listener.client.hintRun("a");
    await listener.pump();
    world.now += 501;
    await listener.pump();
    world.append("a", 2);

    listener.blockedAt = null;
    await listener.pump();
    world.append("a", 1);
    listener.client.hintRun("a");
    world.now += 100;
    await listener.pump();

    expect(listener.frames.map(({ frame }) => frame.event)).toEqual(["reset", "batch"]);
    expect(JSON.parse(listener.frames[0]?.frame.data ?? "")).toContainEqual({ topic: "run:a", position: 42 });
    expect(listener.seen).toEqual(["a 43"]);
  });

  test("that is slow for a moment misses nothing", async () => {
    const world = new LiveWorld();
    const listener = new Listener(world, runs, bounds);
    listener.blockedAt = world.now;
    world.append("a", 40);
    listener.client.hintRun("a");
    await listener.pump();
    world.now += 400;
    await listener.pump();
    await settle(world, listener);

    expect(listener.frames.some(isReset)).toBe(false);
    expect(listener.seen).toHaveLength(40);
  });

  test("is told when Redis has lost events that it knows", async () => {
    const world = new LiveWorld();
    world.append("a", 5);
    const listener = new Listener(world, ["a"], bounds);
    await settle(world, listener);
    world.runs.set("a", 3);
    await settle(world, listener);
    world.append("a", 1);
    await settle(world, listener);

    expect(listener.seen).toEqual(["a 1", "a 2", "a 3", "a 4", "a 5", "a 4"]);
    expect(listener.faults).toEqual([]);
  });
});
