import { setTimeout as pause } from "node:timers/promises";
import { type Flow, flow } from "millrace";
import { z } from "zod";
import { cpuSecondsSince, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite } from "./site.ts";

/** Awaits of flow code alone: the guard's hook is called for each promise. */
async function awaits(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await Promise.resolve();
}

const free = flow("bench_guard_off", { input: z.number(), guard: "off" }, awaits);
const watched = flow("bench_guard_report", { input: z.number(), guard: "report" }, awaits);

const lingerMs = 1_500; // the guard stays a second after the last run that it watched

export const guard: Workload = {
  name: "guard",
  about:
    "a million awaits in one flow, and a million `Date.now()` outside of flows, without and with the guard",
  figures: [
    { name: "awaits, off", unit: "ms", target: null },
    { name: "awaits, report", unit: "ms", target: null },
    { name: "Date.now(), off", unit: "ns", target: null },
    { name: "Date.now(), report", unit: "ns", target: null },
  ],
  run,
};

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  process.env["MILLRACE_GUARD"] = "report"; // each flow has a mode of its own, which "off" here would overrule
  const site = await openSite(durability);
  const count = isQuick ? 200_000 : 1_000_000;
  try {
    await time(free, count / 2); // warm-up
    await pause(lingerMs);
    const off = await time(free, count);
    const clockOff = clockNs(count);
    const report = await time(watched, count);
    const clockReport = clockNs(count); // the guard lingers
    return {
      "awaits, off": off,
      "awaits, report": report,
      "Date.now(), off": clockOff,
      "Date.now(), report": clockReport,
    };
  } finally {
    process.env["MILLRACE_GUARD"] = "off";
    await site.close();
  }
}

type Awaits = Flow<[count: number], void>;

/** CPU time in ms: awaits wait for nobody, and a busy machine counts for less. */
async function time(code: Awaits, count: number): Promise<number> {
  const began = process.cpuUsage();
  await code(count);
  return cpuSecondsSince(began) * 1_000;
}

function clockNs(count: number): number {
  let last = 0;
  const began = process.cpuUsage();
  for (let index = 0; index < count; index += 1) last = Date.now();
  return last === 0 ? Number.NaN : (cpuSecondsSince(began) * 1e9) / count;
}
