import { setTimeout as pause } from "node:timers/promises";
import { mean, quantile, warmUpMsOf } from "../own/measure.ts";
import { epochMs, noLimit, oneAtATime } from "./batch.ts";
import type { CpuSeconds } from "./cpu.ts";
import { runsWithin } from "./rate.ts";
import type { Figures, Measured, Pace, Plan, RunRecord, Session, StoreBytes } from "./session.ts";

/** How much of a workload is done; times are budgets of one round, after which no run begins. */
export interface Scale {
  readonly isQuick: boolean;
  readonly seed: number;
  readonly pace: Pace;
  readonly isTiny: boolean; // for tests of the suite itself
  readonly isFresh: boolean; // nothing was measured in this process before
}

const youngRuns = 200;

interface Times {
  readonly warmUpMs: number; // until the code is compiled and pools are full; no run begins later
  readonly measureMs: number;
  readonly wanted: number; // runs, so that a p99 means something; a slow engine has fewer
}

function timesOf({ isTiny, isQuick }: Scale): Times {
  if (isTiny) return { warmUpMs: 50, measureMs: 100, wanted: 3 };
  const warmUpMs = warmUpMsOf(isQuick);
  return isQuick ? { warmUpMs, measureMs: 1_500, wanted: 50 } : { warmUpMs, measureMs: 3_000, wanted: 200 };
}

const planOf = (plan: Partial<Plan>, { seed }: Scale): Plan => ({
  shape: "sequence",
  tasks: 10,
  bytes: 0,
  seed,
  ...plan,
});

/**
 * One run after the other, in a process that has worked: the first runs of all, then many at once (a compiler of hot code
 * has seen them soonest so), then what counts, and more in two times its time where that was too few.
 */
export async function latency(session: Session, scale: Scale): Promise<Measured> {
  const { warmUpMs, measureMs, wanted } = timesOf(scale);
  const plan = planOf({}, scale);
  const one = { plan, count: noLimit, inFlight: 1, budgetMs: warmUpMs };
  const young = scale.isFresh ? await session.runs({ ...one, count: youngRuns }) : [];
  await session.runs({ ...one, inFlight: scale.pace.warmUp });
  await session.runs({ ...one, budgetMs: measureMs / 3 });
  const before = session.cpu();
  const bounds = { wanted, leastMs: measureMs, mostMs: 3 * measureMs };
  const records = await oneAtATime(session.runs, plan, bounds);
  const cpu = perThousand({ before, after: session.cpu() }, records.length * plan.tasks);
  const times = records.map(({ ms }) => ms);
  return {
    n: times.length,
    figures: {
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      "first 200 runs": quantile(
        young.map(({ ms }) => ms),
        0.5,
      ),
      ...cpu,
    },
  };
}

/** Many runs in flight without a break: the warm-up goes over into what counts, so that the load is full from its begin. */
export async function throughput(session: Session, scale: Scale): Promise<Measured> {
  const { warmUpMs, measureMs } = timesOf(scale);
  const plan = planOf({ tasks: 4 }, scale);
  const { inFlight } = scale.pace;
  const from = epochMs() + warmUpMs;
  const warm = pause(warmUpMs).then(() => ({ at: epochMs(), before: session.cpu() }));
  const records = await session.runs({ plan, count: noLimit, inFlight, budgetMs: warmUpMs + measureMs });
  const after = session.cpu();
  const { at, before } = await warm;
  const counted = runsWithin(records, { from, to: from + measureMs });
  const runs = counted / (measureMs / 1_000);
  const paid = runsWithin(records, { from: at, to: Number.POSITIVE_INFINITY }) * plan.tasks;
  return {
    n: Math.round(counted),
    figures: { tasks: runs * plan.tasks, runs, ...perThousand({ before, after }, paid) },
  };
}

/** What a thousand tasks took, of `tasks` between two looks. */
function perThousand(
  { before, after }: { readonly before: CpuSeconds; readonly after: CpuSeconds },
  tasks: number,
): Figures {
  return {
    "cpu engine": ((after.engine - before.engine) * 1_000) / tasks,
    "cpu store": ((after.store - before.store) * 1_000) / tasks,
  };
}

export async function fanOut(session: Session, scale: Scale): Promise<Measured> {
  const budgetMs = scale.isQuick ? 1_000 : 2_000;
  const one = { inFlight: 1, budgetMs };
  const { wideFan } = scale.pace;
  const narrow = { ...one, plan: planOf({ shape: "fan", tasks: scale.isTiny ? 5 : 100 }, scale), count: 10 };
  const wide = {
    ...one,
    plan: planOf({ shape: "fan", tasks: scale.isTiny ? 10 : wideFan }, scale),
    count: 3,
  };
  await session.runs({ ...narrow, count: 2 }); // the connections for so many at once
  const hundred = await session.runs(narrow);
  const median = (records: readonly RunRecord[], of: (record: RunRecord) => number): number =>
    quantile(records.map(of), 0.5);
  const isTooLong = scale.isQuick && median(hundred, ({ ms }) => ms) > 1_000;
  const thousand = wideFan === 0 || isTooLong ? [] : await session.runs(wide);
  return {
    n: hundred.length,
    figures: {
      "1000 tasks": median(thousand, ({ ms }) => ms),
      "100 tasks": median(hundred, ({ ms }) => ms),
      "first of 100": median(hundred, ({ stamps, startedAt }) => Math.min(...stamps) - startedAt),
      "last of 100": median(hundred, ({ stamps, startedAt }) => Math.max(...stamps) - startedAt),
    },
  };
}

export async function growth(session: Session, scale: Scale): Promise<Measured> {
  const tasks = scale.isTiny ? 20 : scale.isQuick ? Math.min(300, scale.pace.longRun) : scale.pace.longRun;
  const atEachEnd = Math.floor(tasks / 10);
  const plan = planOf({ tasks }, scale);
  const [record] = await session.runs({ plan, count: 1, inFlight: 1, budgetMs: 1_000 });
  if (record === undefined) throw new Error("The long run did not take place.");
  const gaps = record.stamps.slice(1).map((at, index) => at - (record.stamps[index] ?? Number.NaN));
  const first = quantile(gaps.slice(0, atEachEnd), 0.5);
  return {
    n: 1,
    figures: {
      "last/first": quantile(gaps.slice(-atEachEnd), 0.5) / first,
      gap: mean(gaps),
      "whole run": record.ms / 1_000,
      "tasks in it": tasks,
    },
  };
}

export async function storage(session: Session, scale: Scale): Promise<Measured> {
  const small = await grown(session, planOf({}, scale), scale);
  const large = await grown(session, planOf({ bytes: 200 }, scale), scale);
  return {
    n: small.runs,
    figures: { data: small.data, log: small.log, "data with 200 B": large.data, "log with 200 B": large.log },
  };
}

/** What each run of a plan leaves, KB; the log is NaN where there is none. */
async function grown(
  session: Session,
  plan: Plan,
  scale: Scale,
): Promise<StoreBytes & { readonly runs: number }> {
  const bytesOf = session.storeBytes;
  if (bytesOf === null) throw new Error("This engine has no store.");
  const count = scale.isTiny ? 5 : scale.isQuick ? 200 : 1_000;
  const before = await settled(bytesOf, scale);
  const runs = (
    await session.runs({
      plan,
      count,
      inFlight: Math.min(scale.isQuick ? 20 : 50, scale.pace.inFlight),
      budgetMs: scale.isQuick ? 500 : 1_500,
    })
  ).length;
  const after = await settled(bytesOf, scale);
  const perRun = (bytes: number): number => bytes / runs / 1_024;
  return { runs, data: perRun(after.data - before.data), log: perRun(after.log - before.log) };
}

/** Some engines store a part of it later: waits until the store has not grown for a moment, or for one or three seconds. */
async function settled(bytesOf: () => Promise<StoreBytes>, { isQuick }: Scale): Promise<StoreBytes> {
  let last = await bytesOf();
  for (let waits = 0; waits < (isQuick ? 4 : 12); waits += 1) {
    await pause(250);
    const now = await bytesOf();
    if (now.data === last.data) return now;
    last = now;
  }
  return last;
}
