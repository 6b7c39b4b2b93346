import { describe, expect, test } from "vitest";
import { orderOfRound, readOrder, toArguments } from "../../../bench/suite/arguments.ts";
import { padOf, runBatch } from "../../../bench/suite/batch.ts";
import { catalogue } from "../../../bench/suite/catalogue.ts";
import { runsWithin } from "../../../bench/suite/rate.ts";
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
    expect(namesOf(readOrder(["--quick"]).engines)).not.toContain("prefect-postgres");
    expect(namesOf(readOrder(["--quick", "--engine", "prefect-postgres"]).engines)).toEqual([
      "prefect-postgres",
    ]);
    expect(readOrder(["--quick"]).rounds).toBe(1);
    expect(namesOf(readOrder(["--quick"]).workloads)).toEqual(["B1", "B2", "B3", "B4", "B7", "B8"]);
    expect(namesOf(readOrder(["--quick", "--workload", "B6"]).workloads)).toEqual(["B6"]);
  });

  test("an engine's process is given the same order for itself", () => {
    const order = readOrder(["--engine", "dbos,millrace", "--workload", "B2,B1", "--seed", "7", "--quick"]);
    const [dbos] = order.engines;

    const own = readOrder(toArguments(order, dbos!, 12_345.6));

    expect(namesOf(own.engines)).toEqual(["dbos"]);
    expect(own).toMatchObject({ seed: 7, isQuick: true, isTiny: false, turnMs: 12_346 });
    expect(namesOf(own.workloads)).toEqual(["B2", "B1"]);
    expect(readOrder(toArguments(readOrder([]), dbos!, 12_345.6)).turnMs).toBeNull();
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

  test("ends by its time where no count ends it, and cuts no run in the middle", async () => {
    const begun: number[] = [];

    const records = await runBatch(
      { plan, count: Number.MAX_SAFE_INTEGER, inFlight: 2, budgetMs: 5 },
      async (_plan, index) => {
        begun.push(index);
        await new Promise(setImmediate);
        return [1, 2];
      },
    );

    expect(records).toHaveLength(begun.length);
    expect(begun).toEqual(begun.map((_, index) => index));
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

describe("the runs of a span", () => {
  const run = (startedAt: number, ms: number) => ({ startedAt, ms, stamps: [] });
  const second = { from: 1_000, to: 2_000 };

  test("count with the share of their time that lies within", () => {
    expect(runsWithin([run(1_000, 500), run(1_500, 500)], second)).toBe(2);
    expect(runsWithin([run(600, 800), run(1_500, 2_000), run(0, 4_000)], second)).toBe(0.5 + 0.25 + 0.25);
  });

  test("are none before it and after it", () => {
    expect(runsWithin([run(0, 999), run(2_001, 10)], second)).toBe(0);
  });

  test("are the engine's rate, however late in the warm-up its first results come", () => {
    const lanes = Array.from({ length: 100 }, (_, lane) => lane);
    const inLine = lanes.flatMap((lane) => [
      run(0, lane * 10),
      run(lane * 10, 1_000),
      run(1_000 + lane * 10, 1_000),
    ]);

    expect(runsWithin(inLine, second)).toBeCloseTo(100, 0);
  });

  test("that take no time at all are whole", () => {
    expect(runsWithin([run(1_000, 0), run(2_000, 0)], second)).toBe(2);
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
