import { describe, expect, test } from "vitest";
import { orderOfRound, readOrder, toArguments } from "../../../bench/suite/arguments.ts";
import { padOf, runBatch } from "../../../bench/suite/batch.ts";
import { catalogue } from "../../../bench/suite/catalogue.ts";
import { mark, readWord } from "../../../bench/suite/words.ts";
import { workloads } from "../../../bench/suite/workloads.ts";

const namesOf = (list: readonly { readonly name: string }[]): readonly string[] =>
  list.map(({ name }) => name);

describe("the command line", () => {
  test("without names measures everything, five times", () => {
    const order = readOrder([]);

    expect(order).toMatchObject({ rounds: 5, seed: 1, isQuick: false, out: null });
    expect(order.engines).toEqual(catalogue);
    expect(order.workloads).toEqual(workloads);
  });

  test("--quick is one round without what takes long, unless it is named", () => {
    expect(readOrder(["--quick"]).rounds).toBe(1);
    expect(namesOf(readOrder(["--quick"]).workloads)).toEqual(["B1", "B2", "B3", "B4", "B7", "B8"]);
    expect(namesOf(readOrder(["--quick", "--workload", "B6"]).workloads)).toEqual(["B6"]);
  });

  test("an engine's process is given the same order for itself", () => {
    const order = readOrder(["--engine", "dbos,millrace", "--workload", "B2,B1", "--seed", "7", "--quick"]);
    const [dbos] = order.engines;

    const own = readOrder(toArguments(order, dbos!));

    expect(namesOf(own.engines)).toEqual(["dbos"]);
    expect(own).toMatchObject({ seed: 7, isQuick: true, isTiny: false });
    expect(namesOf(own.workloads)).toEqual(["B2", "B1"]);
  });

  test("long workloads are in the first rounds only", () => {
    const order = readOrder(["--workload", "B1,B6", "--long-rounds", "2"]);

    expect([1, 2, 3].map((round) => namesOf(orderOfRound(order, round).workloads))).toEqual([
      ["B1", "B6"],
      ["B1", "B6"],
      ["B1"],
    ]);
  });

  test.each([
    [["--engine", "airflow"], "There is no engine airflow; there are await, floor,"],
    [["--workload", "B99"], "There is no workload B99; there are B1, B2,"],
    [["--rounds", "0"], '--rounds must be a whole number from 1 up, and is "0".'],
    [["--rounds", ""], '--rounds must be a whole number from 1 up, and is "".'],
    [["--seed", "-1"], "--seed"],
  ])("%j is refused", (args, message) => {
    expect(() => readOrder(args)).toThrow(message);
  });

  test("an engine's variant is what follows its name", () => {
    const variants = catalogue.map(({ name, variant }) => [name, variant]);

    expect(Object.fromEntries(variants)).toMatchObject({
      millrace: "",
      "millrace-always": "always",
      prefect: "",
    });
  });
});

describe("a batch", () => {
  const plan = { shape: "sequence", tasks: 2, bytes: 0, seed: 1 } as const;

  test("runs so many, and no more than allowed at a time", async () => {
    let open = 0;
    let most = 0;
    const records = await runBatch({ plan, count: 7, inFlight: 3, budgetMs: 60_000 }, async () => {
      most = Math.max(most, (open += 1));
      await Promise.resolve();
      open -= 1;
      return [1, 2];
    });

    expect(records.map(({ stamps }) => stamps)).toEqual(Array.from({ length: 7 }, () => [1, 2]));
    expect(most).toBe(3);
  });

  test("begins nothing when its time is used up", async () => {
    expect(await runBatch({ plan, count: 5, inFlight: 1, budgetMs: -1 }, async () => [1, 2])).toEqual([]);
  });

  test("refuses a run that did not do its tasks", async () => {
    const once = async (): Promise<readonly number[]> => [1];

    await expect(runBatch({ plan, count: 1, inFlight: 1, budgetMs: 1_000 }, once)).rejects.toThrow(
      "A run of 2 tasks gave the stamps of 1.",
    );
  });

  test("text of results is as long as asked, the same for the same seed, and differs by seed", () => {
    expect(padOf(1, 200)).toHaveLength(200);
    expect(padOf(1, 0)).toBe("");
    expect(padOf(1, 200)).toBe(padOf(1, 200));
    expect(padOf(1, 200)).not.toBe(padOf(2, 200));
  });
});

describe("what an engine's process says", () => {
  test("is told from what the engine prints", () => {
    const word = { word: "failed", workload: "B1", why: "it broke" };

    expect(readWord("listening on 127.0.0.1")).toBeNull();
    expect(readWord(`${mark}${JSON.stringify(word)}`)).toEqual(word);
    expect(() => readWord(`${mark}{"word":"maybe"}`)).toThrow("word");
  });
});
