import { describe, expect, test } from "vitest";
import { readOrder } from "../../../bench/suite/arguments.ts";
import { findEntry } from "../../../bench/suite/catalogue.ts";
import { fillPage } from "../../../bench/suite/page-tables.ts";
import { toPlot } from "../../../bench/suite/plots.ts";
import { addUp } from "../../../bench/suite/results.ts";
import { type Heard, type Row, readJsonLines, toJsonLines, toRows } from "../../../bench/suite/rows.ts";
import { toShort, toTable } from "../../../bench/suite/tables.ts";
import type { Word } from "../../../bench/suite/words.ts";
import { workloads } from "../../../bench/suite/workloads.ts";

const machine = {
  cpu: "some",
  cores: 2,
  memoryGib: 24,
  node: "v20",
  redis: "redis-server 7",
  msgpackr: "native",
  millrace: "0.1.0",
} as const;
const order = readOrder(["--engine", "floor,millrace,dbos,prefect", "--workload", "B1"]);
const [latency] = workloads;

const about: Word = {
  word: "about",
  about: { versions: { it: "1.2" }, settings: "as usual", load: "in the engine's process" },
};
const measured = (p50: number): Word => ({
  word: "measured",
  workload: "B1",
  figures: { p50 },
  n: 10,
  seconds: 1,
});

const rowsOf = (engine: string, ...words: readonly Word[]): readonly Row[] => {
  const heard: Heard = { entry: findEntry(engine), words };
  return toRows(heard, order, machine);
};

const all = [
  ...rowsOf("floor", about, measured(2)),
  ...rowsOf("millrace", about, measured(9), measured(4), measured(5)),
  ...rowsOf("dbos", about, measured(50), { word: "failed", workload: "B1", why: "it broke" }),
  ...rowsOf("prefect", { word: "unavailable", why: "not installed" }),
];

describe("rows", () => {
  test("of several sessions are one: their rounds count together", () => {
    const later = [...rowsOf("millrace", about, measured(1)), ...rowsOf("prefect", about, measured(700))];

    const rows = addUp([...all, ...later]);

    const of = (engine: string): readonly Row[] => rows.filter((row) => row.engine === engine);
    expect(of("millrace")).toMatchObject([{ values: [9, 4, 5, 1], median: 4, min: 1, n: 40, rounds: 10 }]);
    expect(of("prefect").map(({ why, values }) => [why, values])).toEqual([
      ["not available: not installed", []],
      [null, [700]],
    ]);
    expect(of("floor")).toEqual(
      rowsOf("floor", about, measured(2)).map((row) => ({ ...row, at: of("floor")[0]?.at })),
    );
  });

  test("have the median and the spread of the rounds, with all that is needed to read them", () => {
    const row = all.find(({ engine }) => engine === "millrace");

    expect(row).toMatchObject({
      workload: "B1",
      figure: "p50",
      unit: "ms",
      values: [9, 4, 5],
      min: 4,
      median: 5,
      max: 9,
      n: 30,
      rounds: 5,
      seed: 1,
      versions: { it: "1.2" },
      settings: "as usual",
      load: "in the engine's process",
      machine: { cores: 2 },
      why: null,
    });
  });

  test("an engine that is not there, and one that failed, say why", () => {
    const why = (engine: string): readonly (string | null)[] =>
      all.filter((row) => row.engine === engine).map((row) => row.why);

    expect(why("prefect")).toEqual(["not available: not installed"]);
    expect(why("dbos")).toEqual([null, "failed: it broke"]);
    expect(rowsOf("dbos").map((row) => row.why)).toEqual(["not measured"]);
  });

  test("a workload that was set up in its own way says how", () => {
    const own: Word = {
      word: "measured",
      workload: "B1",
      figures: { p50: 1 },
      n: 1,
      seconds: 1,
      settings: "alone",
    };

    expect(rowsOf("millrace", about, own).map(({ settings }) => settings)).toEqual(["alone"]);
  });

  test("survive their file", () => {
    expect(readJsonLines(toJsonLines(all))).toEqual(all);
  });
});

describe("a table", () => {
  test("has the spread, the ratios to Millrace and to the floor, and every engine", () => {
    expect(toTable(all, latency!).split("\n")).toEqual([
      "| engine | p50, ms | Millrace is better by | the floor by | n |",
      "| --- | ---: | ---: | ---: | ---: |",
      "| bare Redis, the same writes, AOF everysec | 2 | 0.4 × |  | 10 |",
      "| Millrace, in the caller's process, AOF everysec | 5 (4–9) |  | 2.5 × | 30 |",
      "| DBOS, PostgreSQL | 50 failed: it broke | 10 × |  | 10 |",
      "| Prefect, local server, SQLite | not available: not installed |  |  |  |",
    ]);
  });

  test.each([
    [0.012345, "0.0123"],
    [5, "5"],
    [1_234.5, "1,230"],
    [98_765, "98,800"],
  ])("%d is written as %s", (value, text) => {
    expect(toShort(value)).toBe(text);
  });
});

describe("a plot", () => {
  test("has a bar and a number for each engine that was measured, and is well-formed", () => {
    const svg = toPlot(all, latency!) ?? "";

    expect(svg.match(/<rect [^>]*fill="#(?:2563eb|98a2b3)"/g)).toHaveLength(3);
    expect(svg).toContain(">Millrace, in the caller's process, AOF everysec</text>");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg.match(/<text/g)?.length).toBe(svg.match(/<\/text>/g)?.length);
  });

  test("a longer time is a longer bar", () => {
    const widths = [
      ...(toPlot(all, latency!) ?? "").matchAll(/<rect [^>]*width="([\d.]+)"[^>]*fill="#(?:2563eb|98a2b3)"/g),
    ];

    const [floor = 0, millrace = 0, dbos = 0] = widths.map(([, width]) => Number(width));
    expect(floor).toBeLessThan(millrace);
    expect(millrace).toBeLessThan(dbos);
  });

  test("there is none where nothing was measured", () => {
    expect(toPlot(rowsOf("prefect"), latency!)).toBeNull();
  });
});

describe("the page", () => {
  const page =
    "before\n<!-- bench:B1 -->\nold\n<!-- /bench:B1 -->\nafter\n<!-- bench:B2 -->\nkept\n<!-- /bench:B2 -->\n";

  const results = { rows: all, older: [], images: "../results/published" };

  test("has the tables between their markers, and keeps the rest", () => {
    const filled = fillPage(page, results);

    expect(filled).toContain("| DBOS, PostgreSQL | 50 failed: it broke |");
    expect(filled).toContain("(../results/published-B1.svg)");
    expect(filled).not.toContain("old");
    expect(filled).toMatch(/^before\n[\s\S]*\nafter\n<!-- bench:B2 -->\nkept\n<!-- \/bench:B2 -->\n$/);
    expect(fillPage(filled, results)).toBe(filled);
  });

  test("sets an older Node beside the one of the tables, for the engines that were measured on it", () => {
    const nodes = "<!-- bench:nodes -->\nnot measured\n<!-- /bench:nodes -->\n";
    const older = [...rowsOf("millrace", about, measured(14)), ...rowsOf("dbos", about, measured(60))].map(
      (row) => ({ ...row, machine: { ...row.machine, node: "v18.1.0" } }),
    );

    const filled = fillPage(nodes, { ...results, older });

    expect(filled).toContain("cores 2, memoryGib 24, node v18.1.0");
    expect(filled.split("\n").filter((line) => line.startsWith("|"))).toEqual([
      "| engine | B1: p50, ms, Node 18.1.0 | B1: p50, ms, Node 20 |",
      "| --- | ---: | ---: |",
      "| Millrace, in the caller's process, AOF everysec | 14 | 5 (4–9) |",
      "| DBOS, PostgreSQL | 60 | 50 |",
    ]);
    expect(fillPage(nodes, results)).toBe(nodes);
  });

  test("a marker of nothing is an error", () => {
    expect(() => fillPage("<!-- bench:B77 -->\n<!-- /bench:B77 -->", results)).toThrow("B77");
  });
});
