import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Durability } from "../src/redis/embedded.ts";
import type { Result, Sample, Workload } from "./measure.ts";
import { describeMachine, machineLine, toJsonLines, toTable } from "./print.ts";
import { sequential } from "./sequential.ts";
import { throughput } from "./throughput.ts";

const workloads: readonly Workload[] = [sequential, throughput];

interface Order {
  readonly chosen: readonly Workload[];
  readonly durabilities: readonly Durability[];
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly jsonFile: string | null; // null = none
}

function readOrder(): Order {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      durability: { type: "string", default: "everysec" },
      rounds: { type: "string" },
      json: { type: "string" },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a whole number from 1 up, and is ${values.rounds}.`);
  return {
    chosen: values.only === undefined ? workloads : values.only.split(",").map(findWorkload),
    durabilities: toDurabilities(values.durability),
    rounds,
    isQuick: values.quick,
    jsonFile: values.json ?? null,
  };
}

function findWorkload(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found !== undefined) return found;
  throw new Error(`There is no workload ${name}; there are ${workloads.map((workload) => workload.name).join(", ")}.`);
}

function toDurabilities(text: string): readonly Durability[] {
  if (text === "both") return ["everysec", "always"];
  if (text === "everysec" || text === "always") return [text];
  throw new Error(`--durability must be everysec, always or both, and is ${text}.`);
}

/** Rounds go around all workloads, so that a slow minute of the machine touches each of them a little. */
async function measureAll({ chosen, durabilities, rounds, isQuick }: Order): Promise<readonly Result[]> {
  const results = chosen.flatMap((workload) =>
    durabilities.flatMap((durability) =>
      workload.figures.map((figure) => ({ workload: workload.name, figure, durability, values: new Array<number>() })),
    ),
  );
  for (let round = 1; round <= rounds; round += 1) {
    for (const workload of chosen) {
      for (const durability of durabilities) {
        const began = performance.now();
        const sample = await workload.run({ durability, isQuick });
        for (const result of results) {
          if (result.workload === workload.name && result.durability === durability) note(result, sample);
        }
        const seconds = ((performance.now() - began) / 1_000).toFixed(1);
        console.error(`round ${round}/${rounds}  ${workload.name} (${durability}): ${seconds} s`);
      }
    }
  }
  return results.filter(({ values }) => values.length > 0);
}

function note({ figure, values }: { figure: { name: string }; values: number[] }, sample: Sample): void {
  const value = sample[figure.name];
  if (value !== undefined) values.push(value);
}

const order = readOrder();
const machine = describeMachine();
console.log(machineLine(machine));
for (const { name, about } of order.chosen) console.log(`  ${name}: ${about}`);
const results = await measureAll(order);
console.log(`\n${toTable(results)}`);
if (order.jsonFile !== null) await writeFile(order.jsonFile, toJsonLines(results, machine));
