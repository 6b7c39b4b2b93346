import { parseArgs } from "node:util";
import { catalogue, type Entry, findEntry } from "./catalogue.ts";
import { type Workload, workloads } from "./workloads.ts";

/** The command line of the suite, and of each engine's process. */
export interface Order {
  readonly engines: readonly Entry[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly longRounds: number; // of those, the first so many also have the workloads that take long
  readonly seed: number;
  readonly isQuick: boolean;
  readonly isTiny: boolean;
  readonly out: string | null; // null = a new file of bench/results
  readonly turnMs: number | null; // of one engine's process, which begins nothing near its end; null = it does not look
}

const notInQuick = new Set(["prefect-postgres"]); // takes a minute; `prefect` differs from it in its store only

/** @throws Error for what is not a name of the suite, or not a number */
export function readOrder(args: readonly string[]): Order {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: "string" },
      workload: { type: "string" },
      rounds: { type: "string" },
      "long-rounds": { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      quick: { type: "boolean", default: false },
      tiny: { type: "boolean", default: false },
      out: { type: "string" },
      turn: { type: "string" }, // for the process of one engine
    },
  });
  const isTiny = values.tiny;
  const isQuick = values.quick || isTiny;
  return {
    engines:
      values.engine === undefined
        ? catalogue.filter(({ name }) => !(isQuick && notInQuick.has(name)))
        : listOf(values.engine).map(findEntry),
    workloads:
      values.workload === undefined
        ? workloads.filter(({ isLong }) => !(isQuick && isLong))
        : listOf(values.workload).map(findWorkload),
    rounds: wholeNumber("rounds", values.rounds ?? (isQuick ? "1" : "5"), 1),
    longRounds: wholeNumber("long-rounds", values["long-rounds"], 1),
    seed: wholeNumber("seed", values.seed, 0),
    isQuick,
    isTiny,
    out: values.out ?? null,
    turnMs: values.turn === undefined ? null : wholeNumber("turn", values.turn, 1),
  };
}

/** What is left of an order in one of its rounds, from 1: long workloads are not in all of them. */
export function orderOfRound(order: Order, round: number): Order {
  const isEarly = round <= order.longRounds;
  return { ...order, workloads: order.workloads.filter(({ isLong }) => isEarly || isLong !== true) };
}

/** The same order as arguments for the process of one engine; only quick ones look at the end of their turn. */
export function toArguments(order: Order, engine: Entry, turnMs: number): readonly string[] {
  const { workloads, seed, isTiny, isQuick } = order;
  const names = workloads.map(({ name }) => name).join(",");
  const turn = ["--turn", String(Math.ceil(turnMs))];
  const size = isTiny ? ["--tiny", ...turn] : isQuick ? ["--quick", ...turn] : [];
  return ["--engine", engine.name, "--workload", names, "--seed", String(seed), ...size];
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
