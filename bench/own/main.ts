import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Durability } from "../../src/redis/embedded.ts";
import { floor } from "./floor.ts";
import { growth } from "./growth.ts";
import { guard } from "./guard.ts";
import { limits } from "./limits.ts";
import type { Result, Sample, Workload } from "./measure.ts";
import { memory } from "./memory.ts";
import { observing } from "./observing.ts";
import { describeMachine, machineLine, toJsonLines, toTable } from "./print.ts";
import { projectionSpeed } from "./projections.ts";
import { queued } from "./queued.ts";
import { recovery } from "./recovery.ts";
import { replay } from "./replay.ts";
import { scrape } from "./scrape.ts";
import { sequential } from "./sequential.ts";
import { startup } from "./startup.ts";
import { throughput } from "./throughput.ts";
import { waiting } from "./waiting.ts";

const workloads: readonly Workload[] = [
  sequential,
  throughput,
  queued,
  growth,
  replay,
  memory,
  projectionSpeed,
  observing,
  scrape,
  recovery,
  limits,
  waiting,
  startup,
  guard,
  floor,
];

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
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number from 1 up, and is ${values.rounds}.`);
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
  throw new Error(
    `There is no workload ${name}; there are ${workloads.map((workload) => workload.name).join(", ")}.`,
  );
}

function toDurabilities(text: string): readonly Durability[] {
  if (text === "both") return ["everysec", "always"];
  if (text === "everysec" || text === "always") return [text];
  throw new Error(`--durability must be everysec, always or both, and is ${text}.`);
}

/** Rounds go around all workloads, so that a slow minute of the machine touches each of them a little. */
async function measureAll({ chosen, durabilities, rounds, isQuick }: Order): Promise<readonly Result[]> {
  const jobs = chosen.flatMap((workload) =>
    durabilities.map((durability) => ({ workload, durability, samples: new Array<Sample>() })),
  );
  for (let round = 1; round <= rounds; round += 1) {
    for (const { workload, durability, samples } of jobs) {
      const began = performance.now();
      samples.push(await workload.run({ durability, isQuick }));
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      console.error(`round ${round} of ${rounds}: ${workload.name} (${durability}) ${seconds} s`);
    }
  }
  return jobs.flatMap(({ workload, durability, samples }) =>
    workload.figures.flatMap((figure) => {
      const values = samples.flatMap((sample) => sample[figure.name] ?? []);
      return values.length === 0 ? [] : [{ workload: workload.name, figure, durability, values }];
    }),
  );
}

const order = readOrder();
const machine = describeMachine();
console.log(machineLine(machine));
for (const { name, about } of order.chosen) console.log(`  ${name}: ${about}`);
const results = await measureAll(order);
console.log(`\n${toTable(results)}`);
if (order.jsonFile !== null) await writeFile(order.jsonFile, toJsonLines(results, machine));
