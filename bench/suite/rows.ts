import { z } from "zod";
import { spreadOf } from "../own/measure.ts";
import type { Machine } from "../own/print.ts";
import type { Order } from "./arguments.ts";
import type { Entry } from "./catalogue.ts";
import type { Word } from "./words.ts";
import type { Figure, Workload } from "./workloads.ts";

/** One line of the results: a figure of a workload of an engine over all rounds, with all that one must know to read it. */
export const Row = z.object({
  at: z.string(),
  engine: z.string(),
  workload: z.string(),
  figure: z.string().nullable(), // null = there is no number, and `why` says why
  why: z.string().nullable(),
  unit: z.string(),
  values: z.array(z.number()), // in the order of the rounds
  min: z.number().nullable(),
  median: z.number().nullable(),
  max: z.number().nullable(),
  n: z.number(), // things measured, all rounds together
  rounds: z.number(),
  isQuick: z.boolean(),
  seed: z.number(),
  versions: z.record(z.string(), z.string()),
  settings: z.string(),
  load: z.string(),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Row = z.infer<typeof Row>;

/** What the processes of one engine said, round after round. */
export interface Heard {
  readonly entry: Entry;
  readonly words: readonly Word[];
}

/** The rows of one engine: each workload of the order has at least one. */
export function toRows({ entry, words }: Heard, order: Order, machine: Machine): readonly Row[] {
  const about = words.findLast((word) => word.word === "about")?.about;
  const base = {
    at: new Date().toISOString(),
    engine: entry.name,
    rounds: order.rounds,
    isQuick: order.isQuick,
    seed: order.seed,
    versions: about?.versions ?? {},
    settings: about?.settings ?? "",
    load: about?.load ?? "",
    machine: { ...machine },
  };
  return order.workloads.flatMap((workload) => {
    const measured = words.filter((word) => word.word === "measured" && word.workload === workload.name);
    const own = measured.at(-1);
    const settings = (own?.word === "measured" ? own.settings : undefined) ?? base.settings;
    const n = measured.reduce((sum, word) => sum + (word.word === "measured" ? word.n : 0), 0);
    const figures = workload.figures.flatMap((figure) => {
      const values = measured.flatMap((word) =>
        word.word === "measured" ? (word.figures[figure.name] ?? []) : [],
      );
      return values.length === 0 ? [] : [{ ...base, settings, ...figureRow(workload, figure, values), n }];
    });
    const why = whyNot(words, workload.name);
    // A workload that failed in some rounds has its numbers and says so.
    return why === null
      ? figures
      : [
          ...figures,
          { ...base, workload: workload.name, figure: null, why, unit: "", values: [], ...noSpread, n: 0 },
        ];
  });
}

const noSpread = { min: null, median: null, max: null };

function figureRow(workload: Workload, { name, unit }: Figure, values: readonly number[]) {
  return {
    workload: workload.name,
    figure: name,
    why: null,
    unit,
    values: [...values],
    ...spreadOf(values),
  };
}

function whyNot(words: readonly Word[], workload: string): string | null {
  const absent = words.find((word) => word.word === "unavailable");
  if (absent?.word === "unavailable") return `not available: ${absent.why}`;
  for (const word of words) {
    if (word.word === "cannot" && word.workload === workload) return word.why;
    if (word.word === "failed" && word.workload === workload) return `failed: ${word.why}`;
  }
  return words.some((word) => word.word === "measured" && word.workload === workload) ? null : "not measured";
}

export function toJsonLines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

export function readJsonLines(text: string): readonly Row[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => Row.parse(JSON.parse(line)));
}
