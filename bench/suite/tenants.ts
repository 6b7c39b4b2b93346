import { setTimeout as pause } from "node:timers/promises";
import { inFlight, quantile } from "../own/measure.ts";
import { type Bounds, noLimit, oneAtATime } from "./batch.ts";
import type { Batch, Measured, OpenEngine, Plan } from "./session.ts";
import { startsAtOnce } from "./wake.ts";

const plan: Plan = { shape: "sequence", tasks: 4, bytes: 0, seed: 1 };
const timesTheLoad = 10;
const parkedTogether = 250; // runs, between two looks at the clock
const foreverMs = 3_600_000;

/** The same engine as two tenants have it. */
export interface Tenants {
  readonly quiet: OpenEngine["runs"];
  readonly noisy: OpenEngine["runs"];
  /** Starts runs that wait for longer than the bench, under these names; resolves when the engine has them. */
  readonly park: (names: readonly string[]) => Promise<unknown>;
}

/** Parks of an engine that starts one run at a time; where a start does not tell, `isWaiting` says so of the last one. */
export function oneByOne<Started>(
  start: (name: string) => Promise<Started>,
  isWaiting: (started: Started) => Promise<boolean> = async () => true,
): Tenants["park"] {
  return async (names) => {
    const started: Started[] = [];
    await inFlight(names.length, startsAtOnce, async (index) => {
      started.push(await start(names[index] ?? ""));
    });
    const last = started.at(-1);
    if (last === undefined) return;
    while (!(await isWaiting(last))) await pause(20);
  };
}

/** How long each part takes at most, but for the runs that are under way then. */
export interface TenantTimes {
  readonly parked: number; // runs, or as many as are parked in `parkMs`
  readonly parkMs: number;
  readonly warmUpMs: number; // alone and beside, half each; engines let go of what is parked meanwhile
  readonly blocks: number; // alone, beside, alone, beside, …: the machine's drift touches both
  readonly leadMs: number; // of each block, which does not count: the noise is on, or over, only then
  readonly alone: Bounds; // of each block
  readonly beside: Bounds;
}

/** In all at least 300 runs alone and 300 beside, where a run takes no longer than 22 and 50 ms; fewer where it does. */
const fullTimes: TenantTimes = {
  parked: 10_000,
  parkMs: 8_000,
  warmUpMs: 6_500, // Millrace lets go of an idle run after five seconds
  blocks: 3,
  leadMs: 300,
  alone: { wanted: 100, leastMs: 1_800, mostMs: 2_200 },
  beside: { wanted: 100, leastMs: 2_500, mostMs: 5_000 },
};

const quickTimes: TenantTimes = {
  ...fullTimes,
  parked: 1_000,
  parkMs: 2_000,
  warmUpMs: 2_000,
  blocks: 2,
  alone: { wanted: 50, leastMs: 500, mostMs: 1_000 },
  beside: { wanted: 50, leastMs: 500, mostMs: 1_500 },
};

export const tenantTimes = (isQuick: boolean): TenantTimes => (isQuick ? quickTimes : fullTimes);

/** When it begins nothing any more, ms after its begin. */
export function tenantsMs(times: TenantTimes): number {
  return times.parkMs + times.warmUpMs + times.blocks * blockMs(times);
}

const blockMs = ({ leadMs, alone, beside }: TenantTimes): number => 2 * leadMs + alone.mostMs + beside.mostMs;

/** B9, of an engine that is open: one run at a time, alone and beside ten at a time, while many are parked. */
export async function tenants(engine: Tenants, times: TenantTimes): Promise<Measured> {
  const { quiet, noisy } = engine;
  const { warmUpMs, blocks, leadMs } = times;
  const lastBlockAt = performance.now() + tenantsMs(times) - blockMs(times);
  const parked = await parkAll(engine, times);
  await quiet(forMs(warmUpMs / 2));
  await withNoise(noisy, async () => quiet(forMs(warmUpMs / 2)));
  const alone: number[] = [];
  const beside: number[] = [];
  const measure = async (into: number[], bounds: Bounds): Promise<void> => {
    await quiet(forMs(leadMs));
    into.push(...(await oneAtATime(quiet, plan, bounds)).map(({ ms }) => ms));
  };
  for (let block = 0; block < blocks; block += 1) {
    if (block > 0 && performance.now() > lastBlockAt) break; // its runs take a second each, or parking did not end
    await measure(alone, times.alone);
    await withNoise(noisy, async () => measure(beside, times.beside));
  }
  const ratio = (share: number): number => quantile(beside, share) / quantile(alone, share);
  return {
    n: Math.min(alone.length, beside.length),
    figures: {
      "p99/alone": ratio(0.99),
      "p99 alone": quantile(alone, 0.99),
      "p99 beside": quantile(beside, 0.99),
      "p50/alone": ratio(0.5),
      parked,
    },
  };
}

const forMs = (budgetMs: number): Batch => ({ plan, count: noLimit, inFlight: 1, budgetMs });

/** @returns how many are parked, when they are or when the time for it is over */
async function parkAll({ park }: Tenants, { parked: wanted, parkMs }: TenantTimes): Promise<number> {
  const began = performance.now();
  let parked = 0;
  let before: Promise<unknown> = Promise.resolve(); // the engine has the next ones while these begin to wait
  do {
    const from = parked;
    parked = Math.min(wanted, from + parkedTogether);
    const lot = park(Array.from({ length: parked - from }, (_, index) => `parked-${from + index}`));
    lot.catch(() => undefined); // told when it is awaited
    await before;
    before = lot;
  } while (parked < wanted && performance.now() - began < parkMs);
  await before;
  return parked;
}

/** Does `work` while the other tenant always has so many runs; resolves when the last of these has ended, too. */
async function withNoise(runs: OpenEngine["runs"], work: () => Promise<unknown>): Promise<void> {
  const state = { isOn: true };
  const lanes = Array.from({ length: timesTheLoad }, async () => {
    while (state.isOn) await runs({ plan, count: 1, inFlight: 1, budgetMs: foreverMs });
  });
  try {
    await work();
  } finally {
    state.isOn = false;
    await Promise.all(lanes);
  }
}
