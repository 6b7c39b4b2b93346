import { afterAll, describe, expect, inject, test } from "vitest";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { exchangeSlots } from "../../src/redis/exchange-slots.ts";
import { CliScene } from "../support/cli.ts";
import { rate, request, slots } from "../support/limit-desks.ts";

const scene = new CliScene(inject("redisUrl"));
const redis = openConnection(toAddress(inject("redisUrl")));
afterAll(async () => {
  redis.disconnect();
  await scene.end();
});

async function take(ticket: string, ...asks: ReturnType<typeof slots>[]): Promise<string | undefined> {
  const exchange = { give: [], look: [], bury: [], take: [request(ticket, asks)] };
  const { answers } = await exchangeSlots(redis, { namespace: scene.namespace, worker: "w1" }, exchange);
  return answers[0]?.state;
}

describe("millrace limits", () => {
  test("says how limits come to be, when there are none", async () => {
    const { code, out, err } = await scene.run(["limits", "ls"]);

    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain("No limits.");
  });

  test("sets a limit that wins over the code's, lists who holds and waits, and leaves it to the code again", async () => {
    const set = await scene.run(["limits", "set", "stripe", "--slots", "1"]);
    expect({ code: set.code, out: set.out }).toEqual({ code: 0, out: "stripe: 1 at the same time\n" });
    expect(await take("a", slots("stripe", 5))).toBe("granted");
    expect(await take("b", slots("stripe", 5))).toBe("waiting");
    expect(await take("c", rate("stripe", 3, 60_000))).toBe("granted");

    const listed = await scene.run(["limits", "ls"]);
    const rows = await scene.json(["limits", "ls", "--json"]);
    const removed = await scene.run(["limits", "rm", "stripe"]);

    expect(listed.out).toMatch(/^LIMIT +KIND +SLOTS +TAKEN +WAITING +SET BY$/m);
    expect(listed.out).toMatch(/^stripe +slots +1 +1 +1 +operator$/m);
    expect(rows).toEqual([
      expect.objectContaining({
        key: "stripe",
        kind: "rate",
        slots: 3,
        perMs: 60_000,
        held: 1,
        setBy: "code",
      }),
      { key: "stripe", kind: "slots", slots: 1, decay: 0, perMs: 0, setBy: "operator", held: 1, waiting: 1 },
    ]);
    expect(removed.out).toBe("stripe: as the code says\n");
    expect(await take("b", slots("stripe", 5))).toBe("granted"); // its turn came when the limit was removed
  });

  test("sets rates and stops, and refuses what cannot be", async () => {
    const [decaying] = await scene.json(["limits", "set", "api", "--slots", "2", "--decay", "0.5", "--json"]);
    expect(decaying).toEqual({ key: "api", kind: "rate", slots: 2, decay: 0.5 });
    const stop = await scene.run(["limits", "set", "stopped", "--slots", "0"]);
    expect(stop.out).toBe("stopped: nothing begins any more\n");
    expect(await take("d", slots("stopped", 9))).toBe("waiting");

    const answers = await Promise.all([
      scene.run(["limits", "rm", "nobody"]),
      scene.run(["limits", "set", "x", "--slots", "-1"]),
      scene.run(["limits", "set", "x", "--slots", "1", "--decay", "0"]),
      scene.run(["limits", "set", "x"]),
    ]);

    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect(answers[0].err).toContain("LIMIT_UNKNOWN");
  });

  test("watches until it is told to stop", async () => {
    const watching = scene.start(["limits", "watch"]);
    await watching.until(/^stopped: 0 of 0 taken/m);

    await take("e", slots("watched", 2));
    await watching.until(/^watched: 1 of 2 taken, 0 waiting$/m);
    watching.child.kill("SIGINT");

    expect((await watching.ended).code).toBe(0);
  });
});
