import { describe, expect, test } from "vitest";
import { runKey } from "../../src/redis/keys.ts";
import { createOwned, newRunId, step, taskDone, tell, timerFired, turn } from "./log-suite-events.ts";
import { keysOf, type OpenRedisLog } from "./log-suite-redis.ts";

interface FeedEntry {
  readonly run: string;
  readonly position: number; // of the first event
  readonly count: number; // 0 = the bodies are copied
  readonly bodies: readonly Buffer[];
}

/** The feed's entries of one run, in order. */
async function readFeed(opened: OpenRedisLog, run: string): Promise<readonly FeedEntry[]> {
  const entries = await opened.redis.xrangeBuffer(keysOf(opened, run).feed, "-", "+");
  const parsed = entries.map(([, fields]): FeedEntry => {
    const all = fields.flatMap((name, index) =>
      index % 2 === 0 ? [[name.toString(), fields[index + 1]!] as const] : [],
    );
    const text = (wanted: string): string => all.find(([name]) => name === wanted)?.[1].toString() ?? "0";
    const bodies = all.filter(([name]) => name === "e").map(([, body]) => body);
    return { run: text("r"), position: Number(text("p")), count: Number(text("n")), bodies };
  });
  return parsed.filter((entry) => entry.run === run);
}

async function bodiesOf({ redis, namespace }: OpenRedisLog, run: string): Promise<readonly Buffer[]> {
  const entries = await redis.xrangeBuffer(runKey(namespace, run), "-", "+");
  return entries.map(([, [, body]]) => body!);
}

/** What projections read, and the clock of the log. */
export function describeFeed(it: () => OpenRedisLog): void {
  describe("the feed", () => {
    test("holds every commit in order, with the bodies of the run's stream", async () => {
      const { log } = it();
      const run = await createOwned(log);
      await tell(log, run, timerFired("a"));
      await step(log, run, { events: [turn(1), taskDone("b"), turn(2)] });
      await step(log, run, { batch: 3, seen: 5 });

      const feed = await readFeed(it(), run);

      expect(feed.map(({ position, count, bodies }) => [position, count, bodies.length])).toEqual([
        [1, 0, 1],
        [2, 0, 1],
        [3, 0, 3],
      ]);
      expect(feed.flatMap(({ bodies }) => bodies)).toEqual(await bodiesOf(it(), run));
    });

    test.each([
      [
        "more than 64 events",
        Array.from({ length: 65 }, () => turn(1)),
        { position: 2, count: 65, bodies: [] },
      ],
      ["more than 2 KiB", [taskDone("a", "x".repeat(2_100))], { position: 2, count: 1, bodies: [] }],
    ])("points at the stream for a commit of %s", async (_what, events, expected) => {
      const { log } = it();
      const run = await createOwned(log);

      await step(log, run, { events });

      expect((await readFeed(it(), run)).at(-1)).toEqual({ run, ...expected });
    });

    test("copies a commit of 64 small events", async () => {
      const { log } = it();
      const run = await createOwned(log);

      await step(log, run, { events: Array.from({ length: 64 }, (_, n) => timerFired(`${n}`)) });

      expect((await readFeed(it(), run)).at(-1)?.bodies).toHaveLength(64);
    });

    test("is written once for a commit that is sent again", async () => {
      const { log } = it();
      const run = newRunId();
      await createOwned(log, run);
      await createOwned(log, run);
      await step(log, run, { events: [turn(1)] });
      await step(log, run, { events: [turn(1)] });

      expect(await readFeed(it(), run)).toHaveLength(2);
    });
  });

  test("events carry the time of Redis, which never falls within a run", async () => {
    const { log, another } = it();
    const run = await createOwned(log);
    for (let index = 0; index < 100; index += 1) await tell(log, run, timerFired(`${index}`));
    const [seconds] = await another().time();

    const times = (await log.readAfter(run, 0)).map(({ recordedAt }) => recordedAt);

    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs(times.at(-1)! - Number(seconds) * 1_000)).toBeLessThan(5_000);
  });
}
