import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { exchangeSlots } from "../../src/redis/exchange-slots.ts";
import { limitKeys } from "../../src/redis/keys.ts";
import { listLimits, removeRule, setRule } from "../../src/redis/limits.ts";
import { LimitDesks, never, Places, rate, request, slots, type TestDesk } from "../support/limit-desks.ts";
import { waitUntil } from "../support/wait-until.ts";

let desks: LimitDesks;
let places: Places;
beforeEach(() => {
  desks = new LimitDesks(inject("redisUrl"));
  places = new Places();
});
afterEach(async () => desks.end());

async function until(check: () => void | Promise<void>): Promise<void> {
  await waitUntil(async () => check(), { timeoutMs: 15_000, intervalMs: 5 });
}

async function waiting({ redis }: TestDesk, id: string): Promise<number> {
  const rows = await listLimits(redis, desks.namespace);
  return rows.find((row) => row.id === id)?.waiting ?? 0;
}

/** Asks one after the other, so that their order is known. */
async function lineUp(at: readonly TestDesk[], tickets: readonly string[], id = "slots:a"): Promise<void> {
  for (const [index, ticket] of tickets.entries()) {
    const desk = at[index % at.length]!;
    const before = places.order.length + (await waiting(desk, id));
    places.ask(desk, request(ticket, [slots("a", 1)]));
    await until(async () => expect(places.order.length + (await waiting(desk, id))).toBe(before + 1));
  }
}

describe("a limit of slots", () => {
  test("hands a slot to the one who came first, whichever process they are in", async () => {
    const at = [desks.open(), desks.open(), desks.open()];
    const tickets = ["t1", "t2", "t3", "t4", "t5", "t6", "t7"];
    await lineUp(at, tickets);

    for (const [index, ticket] of tickets.entries()) {
      await until(() => expect(places.order).toHaveLength(index + 1));
      places.leave(ticket);
    }

    expect(places.order).toEqual(tickets);
  });

  test("puts priority before arrival, and keeps to arrival within a priority", async () => {
    const desk = desks.open();
    await lineUp([desk], ["first"]);
    for (const [ticket, priority] of [
      ["b1", 2],
      ["c1", 3],
      ["b2", 2],
      ["a1", 1],
    ] as const) {
      places.ask(desk, request(ticket, [slots("a", 1)], { priority }));
    }
    await until(async () => expect(await waiting(desk, "slots:a")).toBe(4));

    for (const [index, ticket] of ["first", "a1", "b1", "b2", "c1"].entries()) {
      await until(() => expect(places.order).toHaveLength(index + 1));
      places.leave(ticket);
    }

    expect(places.order).toEqual(["first", "a1", "b1", "b2", "c1"]);
  });

  test("takes several limits at once or none, and nobody overtakes who waits for one of them", async () => {
    const desk = desks.open();
    places.ask(desk, request("holds-b", [slots("b", 1)]));
    await until(() => expect(places.order).toEqual(["holds-b"]));
    places.ask(desk, request("both", [slots("a", 1), slots("b", 1)]));
    await until(async () => expect(await waiting(desk, "slots:b")).toBe(1));

    places.ask(desk, request("only-a", [slots("a", 1)]));
    await until(async () => expect(await waiting(desk, "slots:a")).toBe(2));
    places.leave("holds-b");
    await until(() => expect(places.order).toEqual(["holds-b", "both"]));
    places.leave("both");

    await until(() => expect(places.order).toEqual(["holds-b", "both", "only-a"]));
  });

  test("lets the next one in when a waiter gives up", async () => {
    const desk = desks.open();
    await lineUp([desk], ["holds"]);
    const giveUp = new AbortController();
    places.ask(desk, request("gives-up", [slots("a", 1)]), giveUp.signal);
    await until(async () => expect(await waiting(desk, "slots:a")).toBe(1));
    await lineUp([desk], ["next"]);

    giveUp.abort();
    await until(async () => expect(await waiting(desk, "slots:a")).toBe(1));
    places.leave("holds");

    await until(() => expect(places.order).toEqual(["holds", "next"]));
  });

  test("is what an operator has set, at once, and the code's again when that is removed", async () => {
    const desk = desks.open();
    const id = "slots:a";
    await setRule(desk.redis, desks.namespace, { id, slots: 2, decay: 0 });
    for (const ticket of ["t1", "t2", "t3", "t4", "t5", "t6"])
      places.ask(desk, request(ticket, [slots("a", 4)]));
    await until(async () => expect([places.order.length, await waiting(desk, id)]).toEqual([2, 4]));

    const look = { give: [], take: [], look: [id], bury: [] };
    await setRule(desk.redis, desks.namespace, { id, slots: 3, decay: 0 });
    await exchangeSlots(desk.redis, { namespace: desks.namespace, worker: "operator" }, look);
    await until(() => expect(places.order).toHaveLength(3));
    await removeRule(desk.redis, desks.namespace, id);
    await exchangeSlots(desk.redis, { namespace: desks.namespace, worker: "operator" }, look);

    await until(() => expect(places.order).toHaveLength(4));
    expect(await waiting(desk, id)).toBe(2);
  });

  test("of which nobody said how much it is limits nothing, and says so once", async () => {
    const desk = desks.open();

    for (const ticket of ["t1", "t2", "t3"]) places.ask(desk, request(ticket, [slots("nobody", null)]));
    await until(() => expect(places.order).toHaveLength(3));

    expect(desk.troubles).toHaveLength(1);
    expect(desk.troubles[0]).toMatchObject({ code: "LIMIT_UNKNOWN" });
    expect((await listLimits(desk.redis, desks.namespace))[0]).toMatchObject({ held: 3, slots: null });
  });

  test("leaves nothing behind when all have left", async () => {
    const desk = desks.open();
    await lineUp([desk], ["t1", "t2"]);

    places.leave("t1");
    await until(() => expect(places.order).toHaveLength(2));
    places.leave("t2");

    const keys = Object.values(limitKeys(desks.namespace)).filter((key) => !key.endsWith(":meters"));
    await until(async () => expect(await desk.redis.exists(...keys)).toBe(0));
  });
});

describe("a rate", () => {
  test("gives no slot before the first one of its window has become free, and then at once", async () => {
    const at = [desks.open(), desks.open()];
    const perMs = 400;
    const lasted: number[] = [];
    for (const key of ["api", "mail", "maps"]) {
      const taken: number[] = [];
      const enter = async ({ desk, redis }: TestDesk, ticket: string): Promise<void> => {
        const place = await desk.enter(request(ticket, [rate(key, 5, perMs)]), never, true);
        const members = await redis.zrange(limitKeys(desks.namespace).passes, "0", "-1");
        for (const member of members.filter((name) => name.startsWith(`rate:${key}\u0001`))) {
          const [, at, number] = member.split("\u0001").map(Number);
          taken[number ?? 0] = at ?? 0;
        }
        place?.leave();
      };

      const tickets = Array.from({ length: 23 }, (_, index) => `${key}${index}`);
      await Promise.all(tickets.map(async (ticket, index) => enter(at[index % 2]!, ticket)));

      const times = Object.values(taken).sort((a, b) => a - b);
      expect(times).toHaveLength(23);
      const windows = times.slice(5).map((time, index) => time - times[index]!);
      expect(Math.min(...windows)).toBeGreaterThanOrEqual(perMs); // never six in a window
      lasted.push(times.at(-1)! - times[0]!);
    }
    // And not much later than it may be; the best of three, as others may keep the machine busy.
    expect(Math.min(...lasted)).toBeLessThan(perMs * 4 * 1.5);
  });

  test("that an operator set decays, as slots a second", async () => {
    const desk = desks.open();
    await setRule(desk.redis, desks.namespace, { id: "rate:api", slots: 2, decay: 10 });
    const began = Date.now();

    for (const ticket of ["t1", "t2", "t3", "t4", "t5", "t6"])
      places.ask(desk, request(ticket, [rate("api", null, null)]));
    await until(() => expect(places.order.length).toBeGreaterThanOrEqual(2));
    const burst = places.order.length;
    await until(() => expect(places.order).toHaveLength(6));

    expect(burst).toBeLessThan(6);
    expect(places.order).toEqual(["t1", "t2", "t3", "t4", "t5", "t6"]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(390); // two at once, then one each 100 ms
  });

  test("forgets what is over", async () => {
    const desk = desks.open();
    places.ask(desk, request("t1", [rate("api", 5, 30)]));
    await until(() => expect(places.order).toHaveLength(1));

    await until(async () => {
      places.ask(desk, request(`later${places.order.length}`, [slots("other", 100)]));
      expect(await desk.redis.exists(limitKeys(desks.namespace).passes)).toBe(0);
    });

    expect(await desk.redis.exists(limitKeys(desks.namespace).fading)).toBe(0);
  });
});
