import { describe, expect, test } from "vitest";
import { branch, withTimeout } from "../../../src/sdk/scopes.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { transaction } from "../../../src/sdk/transaction.ts";
import { flow, recordRun, task } from "../../support/record-flow.ts";
import { endOf, keysOf, shop } from "../../support/shop.ts";

describe("a transaction that fails", () => {
  test("undoes the tasks that ended well, the last one first, with what they were given and what they gave", async () => {
    const { said, charge, ship, fail } = shop();
    const order = flow("order", async () =>
      transaction(async () => {
        await charge(1);
        await ship(2);
        await fail();
      }),
    );

    const run = await recordRun(order.spec, undefined);

    expect(said).toEqual([
      "charge 1",
      "ship 2",
      ["undo ship", [2], { id: 20 }, "transaction#1"],
      ["undo charge", [1], { id: 10 }, "transaction#1"],
    ]);
    expect(keysOf(run)).toEqual([
      "transaction#1/charge#1",
      "transaction#1/ship#1",
      "transaction#1/fail#1",
      "transaction#1/ship.rollback#1",
      "transaction#1/charge.rollback#1",
    ]);
    expect(endOf(run)).toMatchObject({ type: "RunFailed", data: { error: { name: "TypeError" } } });
  });

  test("gives its error to the code around, which may go on", async () => {
    const { said, charge, fail } = shop();
    const order = flow("order", async () => {
      const failed = await transaction(async () => {
        await charge(1);
        await fail();
      }).catch((error: unknown) => (error as Error).message);
      await charge(2);
      return failed;
    });

    const run = await recordRun(order.spec, undefined);

    expect(endOf(run).type).toBe("RunCompleted");
    expect(said.map(String)).toEqual(["charge 1", expect.stringContaining("undo charge"), "charge 2"]);
  });

  test("waits for what may have to be undone and has not ended, and undoes it, too", async () => {
    const said: string[] = [];
    let end = (): void => undefined;
    const slow = task("slow", async () => new Promise<void>((resolve) => (end = resolve))).onRollback(
      () => void said.push("undo slow"),
    );
    const fail = task("fail", async () => {
      setImmediate(() => setImmediate(() => end()));
      throw new Error("no");
    });
    const order = flow("order", async () => transaction(async () => Promise.all([slow(), fail()])));

    await recordRun(order.spec, undefined);

    expect(said).toEqual(["undo slow"]);
  });

  test("lets nothing be called in it after it has failed", async () => {
    const { said, charge, ship, fail } = shop();
    const refused: string[] = [];
    const order = flow("order", async () =>
      transaction(async () => {
        const chain = charge(1)
          .then(async () => sleep("1m"))
          .then(async () => ship(2))
          .catch((error: unknown) => void refused.push((error as Error).message));
        await fail().catch(async (error: unknown) => {
          await sleep("1s");
          throw error;
        });
        await chain;
      })
        .catch(() => undefined)
        .then(async () => sleep("2m")),
    );

    await recordRun(order.spec, undefined);

    expect(said.map(String)).toEqual(["charge 1", expect.stringContaining("undo charge")]);
    expect(refused).toEqual([expect.stringContaining("Transaction transaction#1 is over")]);
  });

  test("runs the other hooks when one fails for good, and says what failed", async () => {
    const said: string[] = [];
    const one = task("one", async () => 1).onRollback(() => void said.push("undo one"));
    const two = task("two", async () => 2).onRollback(
      () => {
        said.push("try two");
        throw new Error("bank is closed");
      },
      { retries: 2 },
    );
    const order = flow("order", async () =>
      transaction(async () => {
        await one();
        await two();
        throw new RangeError("out");
      }),
    );

    const run = await recordRun(order.spec, undefined);

    expect(said).toEqual(["try two", "try two", "try two", "undo one"]);
    expect(endOf(run)).toMatchObject({
      type: "RunFailed",
      data: {
        error: {
          code: "ROLLBACK_FAILED",
          message: expect.stringContaining("two.rollback: bank is closed"),
          causes: [{ name: "RangeError" }],
        },
      },
    });
    expect(run.lines.map(({ message }) => message)).toEqual([
      "Rolling back transaction 'transaction#1'",
      "An error was encountered while running hook 'two.rollback'",
    ]);
  });

  test("undoes each item of a map and each call that has a key of its own", async () => {
    const { charge, fail } = shop();
    const keyed = charge.withOptions({ key: (n) => `order-${n}` });
    const order = flow("order", async () =>
      transaction(async () => {
        await charge.map([1, 2]).result();
        await branch("charge", async () => keyed(7));
        await fail();
      }),
    );

    const run = await recordRun(order.spec, undefined, [charge.spec]);

    expect(keysOf(run).slice(-3)).toEqual([
      "transaction#1/charge#2/charge.rollback[order-7]",
      expect.stringMatching(/^transaction#1\/charge\.rollback#1\[\d\]$/),
      expect.stringMatching(/^transaction#1\/charge\.rollback#1\[\d\]$/),
    ]);
  });

  test("undoes what was done when its time is over", async () => {
    const { said, charge } = shop();
    const order = flow("order", async () =>
      withTimeout("1m", async () =>
        transaction(async () => {
          await charge(1);
          await sleep("1h");
        }),
      ),
    );

    const run = await recordRun(order.spec, undefined);

    expect(said.map(String)).toEqual(["charge 1", expect.stringContaining("undo charge")]);
    expect(endOf(run)).toMatchObject({ data: { error: { code: "CALL_TIMED_OUT" } } });
  });
});
