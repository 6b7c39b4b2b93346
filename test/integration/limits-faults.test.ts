import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { exchangeSlots, type SlotExchange } from "../../src/redis/exchange-slots.ts";
import { limitKeys } from "../../src/redis/keys.ts";
import { listLimits } from "../../src/redis/limits.ts";
import { LimitDesks, Places, request, slots, type TestDesk } from "../support/limit-desks.ts";
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

async function stand({ redis }: TestDesk): Promise<{ held: number; waiting: number }> {
  const [row] = await listLimits(redis, desks.namespace);
  return { held: row?.held ?? 0, waiting: row?.waiting ?? 0 };
}

/** A call of a worker that is no desk: what it takes, nobody in this process knows of. */
async function exchange(at: TestDesk, worker: string, wanted: Partial<SlotExchange>) {
  const whole = { give: [], take: [], look: [], bury: [], ...wanted };
  return exchangeSlots(at.redis, { namespace: desks.namespace, worker }, whole);
}

const one = (ticket: string, note = "") => request(ticket, [slots("a", 1)], { note });

describe("limits when workers die", () => {
  test("give on what a dead worker held, and forget who waited in it", async () => {
    const alive = desks.open();
    await exchange(alive, "victim", { take: [one("held"), one("waits")] });
    places.ask(alive, one("next"));
    await until(async () => expect(await stand(alive)).toEqual({ held: 1, waiting: 2 }));

    await desks.sweep(alive);
    expect(places.order).toEqual([]); // the victim lives
    desks.dead.add("victim");
    await desks.sweep(alive);

    await until(() => expect(places.order).toEqual(["next"]));
    expect(await stand(alive)).toEqual({ held: 1, waiting: 0 });
  });

  test("keep the place in line of what others can start, and hand it to them", async () => {
    const alive = desks.open();
    await exchange(alive, "holder", { take: [one("held")] });
    await exchange(alive, "victim", {
      take: [one("first", "note of first"), one("second", "note of second")],
    });
    places.ask(alive, one("last"));
    await until(async () => expect(await stand(alive)).toEqual({ held: 1, waiting: 3 }));

    desks.dead.add("victim");
    await desks.sweep(alive);
    await exchange(alive, "holder", { give: ["held"] });
    await until(() => expect(new Set(alive.handed)).toEqual(new Set(["note of first"])));
    expect(places.order).toEqual([]);
    expect((await exchange(alive, "other", { take: [one("first", "note of first")] })).answers).toEqual([
      { state: "granted", unset: [] },
    ]);
    await exchange(alive, "other", { give: ["first"] });

    await until(() => expect(alive.handed).toContain("note of second"));
  });

  test("offer once more what was offered to a worker that died before it began", async () => {
    const alive = desks.open();
    await exchange(alive, "holder", { take: [one("held")] });
    await exchange(alive, "victim", { take: [one("offered", "its note")] });
    await exchange(alive, "holder", { give: ["held"] });

    desks.dead.add("victim");
    await desks.sweep(alive);

    await until(() => expect(alive.handed).toContain("its note"));
  });

  test("tell a worker that came back that its slot is another's, and do not let it give that back", async () => {
    const zombie = desks.open();
    const alive = desks.open();
    places.ask(zombie, one("z"));
    await until(() => expect(places.order).toEqual(["z"]));
    places.ask(alive, one("next"));
    await until(async () => expect(await stand(alive)).toEqual({ held: 1, waiting: 1 }));
    desks.dead.add(zombie.worker);
    await desks.sweep(alive);
    await until(() => expect(places.order).toEqual(["z", "next"]));

    await zombie.desk.compare(); // its lease holds again
    places.leave("z");
    await exchange(alive, zombie.worker, { give: ["next"] });

    expect(places.lostOf("z")?.aborted ?? true).toBe(true);
    expect(await stand(alive)).toEqual({ held: 1, waiting: 0 });
  });

  test("do not let a worker begin that slept through its turn", async () => {
    const zombie = desks.open();
    const alive = desks.open();
    places.ask(alive, one("first"));
    await until(() => expect(places.order).toEqual(["first"]));
    zombie.isDeaf = true;
    places.ask(zombie, one("sleeps"));
    await until(async () => expect(await stand(alive)).toEqual({ held: 1, waiting: 1 }));
    places.leave("first"); // "sleeps" is offered the slot
    desks.dead.add(zombie.worker);
    await until(async () => expect((await stand(alive)).waiting).toBe(0));
    await desks.sweep(alive);
    places.ask(alive, one("second"));
    await until(() => expect(places.order).toEqual(["first", "second"]));

    zombie.isDeaf = false;
    await zombie.desk.compare();

    await until(async () => expect(await stand(alive)).toEqual({ held: 1, waiting: 1 }));
    expect(places.order).toEqual(["first", "second"]); // it lines up anew
    places.leave("second");
    await until(() => expect(places.order).toEqual(["first", "second", "sleeps"]));
  });
});

describe("limits when something gets lost", () => {
  test("find a turn whose announcement was lost", async () => {
    const holder = desks.open();
    const deaf = desks.open();
    deaf.isDeaf = true;
    places.ask(holder, one("first"));
    await until(() => expect(places.order).toEqual(["first"]));
    places.ask(deaf, one("second"));
    await until(async () => expect(await stand(deaf)).toEqual({ held: 1, waiting: 1 }));

    places.leave("first");

    await until(() => expect(places.order).toEqual(["first", "second"]));
  });

  test("sweep slots that leaked: a living worker holds them, and knows nothing of them", async () => {
    const desk = desks.open();
    await exchange(desk, desk.worker, { take: [one("leaked")] });

    places.ask(desk, one("next"));

    await until(() => expect(places.order).toEqual(["next"]));
  });

  test("line up anew when all keys of limits were deleted", async () => {
    const desk = desks.open();
    places.ask(desk, one("first"));
    await until(() => expect(places.order).toEqual(["first"]));
    places.ask(desk, one("second"));
    await until(async () => expect(await stand(desk)).toEqual({ held: 1, waiting: 1 }));

    await desk.redis.del(...Object.values(limitKeys(desks.namespace)));

    await until(() => expect(places.order).toEqual(["first", "second"]));
  });

  test("answer a call that is sent again as they did before", async () => {
    const desk = desks.open();
    const take = [one("first"), one("second", "note")];

    const answers = [await exchange(desk, "w", { take }), await exchange(desk, "w", { take })];

    expect(answers[0]).toEqual(answers[1]);
    expect(await stand(desk)).toEqual({ held: 1, waiting: 1 });
    await exchange(desk, "w", { give: ["first"] });
    await exchange(desk, "w", { give: ["first"] });
    expect((await exchange(desk, "w", { take: [one("second", "note")] })).answers[0]?.state).toBe("granted");
    expect((await exchange(desk, "other", { take: [one("second", "note")] })).answers[0]?.state).toBe(
      "taken",
    );
  });
});
