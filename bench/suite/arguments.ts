import { parseArgs } from "node:util";
import { catalogue, type Entry, findEntry } from "./catalogue.ts";
import { type Workload, workloads } from "./workloads.ts";

/** The command line of the suite, and of each engine's process. */
export interface Order {
  readonly engines: readonly Entry[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly seed: number;
  readonly isQuick: boolean;
  readonly isTiny: boolean;
  readonly out: string | null; // null = a new file of bench/results
}

/** @throws Error for what is not a name of the suite, or not a number */
export function readOrder(args: readonly string[]): Order {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: "string" },
      workload: { type: "string" },
      rounds: { type: "string" },
      seed: { type: "string", default: "1" },
      quick: { type: "boolean", default: false },
      tiny: { type: "boolean", default: false },
      out: { type: "string" },
    },
  });
  const isTiny = values.tiny;
  return {
    engines: values.engine === undefined ? catalogue : listOf(values.engine).map(findEntry),
    workloads: values.workload === undefined ? workloads : listOf(values.workload).map(findWorkload),
    rounds: wholeNumber("rounds", values.rounds ?? (values.quick || isTiny ? "1" : "5"), 1),
    seed: wholeNumber("seed", values.seed, 0),
    isQuick: values.quick || isTiny,
    isTiny,
    out: values.out ?? null,
  };
}

/** The same order as arguments for the process of one engine. */
export function toArguments(order: Order, engine: Entry): readonly string[] {
  return [
    ...["--engine", engine.name],
    ...["--workload", order.workloads.map(({ name }) => name).join(",")],
    ...["--seed", String(order.seed)],
    ...(order.isTiny ? ["--tiny"] : order.isQuick ? ["--quick"] : []),
  ];
}

const listOf = (text: string): readonly string[] => text.split(",").filter((name) => name !== "");

function findWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found !== undefined) return found;
  throw new Error(
    `There is no workload ${name}; there are ${workloads.map((workload) => workload.name).join(", ")}.`,
  );
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${option} must be a whole number from ${least} up, and is ${JSON.stringify(text)}.`);
}
