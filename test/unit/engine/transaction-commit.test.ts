import { describe, expect, test } from "vitest";
import { getTransaction, transaction } from "../../../src/sdk/transaction.ts";
import { flow, recordRun, task } from "../../support/record-flow.ts";
import { endOf, keysOf, shop } from "../../support/shop.ts";

describe("a transaction that ends well", () => {
  test("runs the commit hooks, the first task first, and then gives its value", async () => {
    const { said, charge, ship } = shop();
    const states: string[] = [];
    const order = flow("order", async () => {
      const txn = await transaction(async (txn) => {
        states.push(txn.state);
        await charge(1);
        await ship(2);
        return txn;
      });
      states.push(txn.state);
      return charge(3);
    });

    await recordRun(order.spec, undefined);

    expect(said).toEqual(["charge 1", "ship 2", "commit charge 1 10", "commit ship 2 20", "charge 3"]);
    expect(states).toEqual(["ACTIVE", "COMMITTED"]);
  });

  test("is rolled back when a commit hook fails for good", async () => {
    const said: string[] = [];
    const one = task("one", async () => 1)
      .onRollback(() => void said.push("undo one"))
      .onCommit(() => {
        throw new Error("cannot");
      });
    const order = flow("order", async () => transaction(async () => one()));

    const run = await recordRun(order.spec, undefined);

    expect(said).toEqual(["undo one"]);
    expect(endOf(run)).toMatchObject({ type: "RunFailed", data: { error: { message: "cannot" } } });
  });

  test("without hooks costs no event", async () => {
    const plain = task("plain", async (n: number) => n);
    const order = flow("order", async () => transaction(async () => plain(1)));

    const run = await recordRun(order.spec, undefined);

    expect(keysOf(run)).toEqual(["transaction#1/plain#1"]);
  });
});

describe("a transaction inside another one", () => {
  test("is staged, and undone or committed with the outermost one", async () => {
    const { said, charge, ship, fail } = shop();
    const states: string[] = [];
    const order = flow("order", async () =>
      transaction(async (outer) => {
        await charge(1);
        const inner = await transaction(async (txn) => {
          await ship(2);
          return txn;
        });
        states.push(outer.state, inner.state);
        await charge(3);
        await fail().catch((error: unknown) => {
          throw error;
        });
      }),
    );

    await recordRun(order.spec, undefined);

    const first = said.map((line) => String(Array.isArray(line) ? `${line[0]} in ${line[3]}` : line));
    expect(first).toEqual([
      "charge 1",
      "ship 2",
      "charge 3",
      "undo charge in transaction#1",
      "undo ship in transaction#1/transaction#1",
      "undo charge in transaction#1",
    ]);
    expect(states).toEqual(["ACTIVE", "STAGED"]);
  });

  test("that fails is undone by itself, and the outer one may go on", async () => {
    const { said, charge, ship, fail } = shop();
    const order = flow("order", async () =>
      transaction(async () => {
        await charge(1);
        await transaction(async () => {
          await ship(2);
          await fail();
        }).catch(() => undefined);
      }),
    );

    const run = await recordRun(order.spec, undefined);

    expect(said.map(String)).toEqual([
      "charge 1",
      "ship 2",
      expect.stringContaining("undo ship"),
      "commit charge 1 10",
    ]);
    expect(endOf(run).type).toBe("RunCompleted");
  });

  test("that commits eagerly is not undone by the outer one", async () => {
    const { said, charge, ship, fail } = shop();
    const order = flow("order", async () =>
      transaction(async () => {
        await charge(1);
        await transaction(async () => ship(2), { commit: "eager" });
        await fail();
      }),
    );

    await recordRun(order.spec, undefined);

    expect(said.map(String)).toEqual([
      "charge 1",
      "ship 2",
      "commit ship 2 20",
      expect.stringContaining("undo charge"),
    ]);
  });

  test("inherits copies of values, and hooks see those of their own transaction", async () => {
    const seen: unknown[] = [];
    const note = task("note", async () => undefined).onCommit(
      (txn) => void seen.push([txn.key, txn.get("basket"), txn.get("tip")]),
    );
    const order = flow("order", async () =>
      transaction(
        async (outer) => {
          outer.set("basket", { ids: [1] });
          await note();
          await transaction(
            async (inner) => {
              (inner.get("basket") as { ids: number[] }).ids.push(2);
              inner.set("tip", 5n);
              seen.push(getTransaction() === inner);
              await note();
            },
            { key: "inner" },
          );
        },
        { key: "outer" },
      ),
    );

    await recordRun(order.spec, undefined);

    expect(seen).toEqual([true, ["outer", { ids: [1] }, undefined], ["inner", { ids: [1, 2] }, 5n]]);
  });
});
