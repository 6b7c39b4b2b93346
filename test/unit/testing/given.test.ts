import { describe, expect, test } from "vitest";
import { flow, isEngineError, now, signal, sleep, task } from "../../../src/index.ts";
import { given, givenHistory } from "../../../src/testing.ts";
import { recordRun } from "../../support/record-flow.ts";

const ran: string[] = [];
const price = task("given_price", async (sku: string) => {
  ran.push(sku);
  return 100;
});
const refund = task("given_refund", async (why: string) => why);

const buy = flow("given_buy", async (sku: string) => {
  const from = now();
  try {
    const cents = await price(sku);
    await sleep("1d");
    return { cents, after: now() - from };
  } catch (error) {
    return refund(String(error));
  }
});
const approval = signal("given_approval");
const child = flow("given_child", async (n: number) => n);
const approved = flow("given_approved", async () => {
  const answer = await approval.receive();
  return [answer, await child(7)];
});
const both = flow("given_both", async () => Promise.all([price("a"), price("b")]));

describe("a flow that was given its input", () => {
  test("asks for its first task, which does not run", async () => {
    expect(await given(buy, "A-17").asks()).toEqual([
      { kind: "task", key: "given_price#1", name: "given_price", args: ["A-17"] },
    ]);
    expect(ran).toEqual([]);
  });

  test("asks for what follows from a result", async () => {
    const paid = given(buy, "A-17").completed("given_price#1", 250);

    expect(await paid.asks()).toEqual([{ kind: "timer", key: "sleep#1", name: "sleep", args: [86_400_000] }]);
    expect(await paid.fired("sleep#1").asks()).toEqual([]);
    expect(await paid.fired("sleep#1").result()).toEqual({ cents: 250, after: 86_400_000 });
  });

  test("asks for what follows from a failure", async () => {
    const failed = given(buy, "A-17").failed("given_price#1", new RangeError("unknown"));

    expect(await failed.asks()).toMatchObject([{ name: "given_refund", args: ["RangeError: unknown"] }]);
    expect(await failed.completed("given_refund#1", "done").result()).toBe("done");
    await expect(failed.failed("given_refund#1", "again").result()).rejects.toThrow("again");
  });

  test("asks for several things at once, and keeps what is still open", async () => {
    const asked = await given(both).completed("given_price#2", 2).asks();

    expect(asked.map(({ key }) => key)).toEqual(["given_price#1"]);
  });

  test("asks for signals and children, and gets signals that came before", async () => {
    const start = given(approved);
    expect(await start.asks()).toMatchObject([{ kind: "signal", name: "given_approval", args: [] }]);

    const answered = start.signal("given_approval", { by: "Ada" });
    expect(await answered.asks()).toMatchObject([{ kind: "child", name: "given_child", args: [7] }]);
    expect(await start.signal("given_other", 1).asks()).toHaveLength(1);
  });

  test("is not changed by what it is given: each step is a new one", async () => {
    const start = given(buy, "A-17");
    await start.completed("given_price#1", 1).asks();

    expect(await start.asks()).toHaveLength(1);
  });

  test("cannot be given what it did not ask for, and says what it waits for", async () => {
    const refusal = (error: unknown): boolean => isEngineError(error, "COMMAND_REFUSED");
    await expect(given(buy, "A").completed("given_price#2", 1).asks()).rejects.toSatisfy(
      (error) => refusal(error) && String(error).includes("given_price#1"),
    );
    const over = given(both).completed("given_price#1", 1).completed("given_price#2", 2);
    await expect(over.completed("given_price#2", 3).asks()).rejects.toThrow(/has ended/);
    await expect(given(buy, "A").result()).rejects.toThrow(/has not ended: it waits for given_price#1/);
  });

  test("rejects for an input that is not valid, as a run fails", async () => {
    const picky = flow("given_picky", async (n: number) => {
      if (n < 0) throw new TypeError("negative");
      return n;
    });
    await expect(given(picky, -1).result()).rejects.toThrow(TypeError);
  });
});

describe("a flow that has a history", () => {
  test("asks for what it had asked for where the history ends, and goes on", async () => {
    const { events } = await recordRun(buy.spec, "B-2");
    const cut = events.findIndex(({ type }) => type === "TimerFired");
    const sleeping = givenHistory(buy, events.slice(0, cut));

    expect(await sleeping.asks()).toMatchObject([{ kind: "timer", key: "sleep#1" }]);
    expect(await sleeping.fired("sleep#1").result()).toMatchObject({ cents: 100 });
    expect(await givenHistory(buy, events).result()).toMatchObject({ cents: 100 });
    expect(await givenHistory(buy, events.slice(0, cut + 1)).result()).toMatchObject({ cents: 100 });
  });

  test("that its code does not repeat, is rejected", async () => {
    const { events } = await recordRun(buy.spec, "B-2");

    await expect(givenHistory(both, events).asks()).rejects.toSatisfy((error) =>
      isEngineError(error, "REPLAY_DIVERGED"),
    );
  });
});
