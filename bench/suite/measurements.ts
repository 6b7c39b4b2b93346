import { setTimeout as pause } from "node:timers/promises";
import { mean, quantile } from "../own/measure.ts";
import type { Batch, Figures, Measured, Pace, Plan, RunRecord, Session, StoreBytes } from "./session.ts";

/** How much of a workload is done; times are budgets of one round, after which no run begins. */
export interface Scale {
  readonly isQuick: boolean;
  readonly seed: number;
  readonly pace: Pace;
  readonly isTiny: boolean; // for tests of the suite itself
}

const planOf = (plan: Partial<Plan>, { seed }: Scale): Plan => ({
  shape: "sequence",
  tasks: 10,
  bytes: 0,
  seed,
  ...plan,
});

/** Until the code is compiled and pools are full; bounded in time, as some engines need seconds for a run. */
async function warmUp(session: Session, batch: Batch, { isTiny, isQuick }: Scale): Promise<void> {
  await session.runs({ ...batch, count: isTiny ? 1 : batch.count, budgetMs: isQuick ? 500 : 1_000 });
}

export async function latency(session: Session, scale: Scale): Promise<Measured> {
  const count = scale.isTiny ? 3 : scale.isQuick ? 50 : 200;
  const batch = { plan: planOf({}, scale), count, inFlight: 1, budgetMs: scale.isQuick ? 1_500 : 3_000 };
  await warmUp(session, { ...batch, count: 100 }, scale);
  const { records, figures } = await timed(session, batch);
  const times = records.map(({ ms }) => ms);
  return {
    n: times.length,
    figures: { p50: quantile(times, 0.5), p99: quantile(times, 0.99), ...figures },
  };
}

export async function throughput(session: Session, scale: Scale): Promise<Measured> {
  const count = scale.isTiny ? 10 : scale.isQuick ? 300 : 1_000;
  const plan = planOf({ tasks: 4 }, scale);
  const batch = { plan, count, inFlight: scale.pace.inFlight, budgetMs: scale.isQuick ? 1_500 : 3_000 };
  await warmUp(session, { ...batch, count: 200 }, scale);
  const { records, seconds, figures } = await timed(session, batch);
  const runs = records.length / seconds;
  return { n: records.length, figures: { tasks: runs * plan.tasks, runs, ...figures } };
}

interface Timed {
  readonly records: readonly RunRecord[];
  readonly seconds: number;
  readonly figures: Figures; // of the processor
}

async function timed(session: Session, batch: Batch): Promise<Timed> {
  const before = session.cpu();
  const began = performance.now();
  const records = await session.runs(batch);
  const seconds = (performance.now() - began) / 1_000;
  const after = session.cpu();
  const thousands = (records.length * batch.plan.tasks) / 1_000;
  return {
    records,
    seconds,
    figures: {
      "cpu engine": (after.engine - before.engine) / thousands,
      "cpu store": (after.store - before.store) / thousands,
    },
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
  await warmUp(session, { ...narrow, count: 2 }, scale);
  const hundred = await session.runs(narrow);
  const thousand = wideFan === 0 ? [] : await session.runs(wide);
  const median = (records: readonly RunRecord[], of: (record: RunRecord) => number): number =>
    quantile(records.map(of), 0.5);
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
  const before = await settled(bytesOf);
  const runs = (
    await session.runs({
      plan,
      count,
      inFlight: Math.min(50, scale.pace.inFlight),
      budgetMs: scale.isQuick ? 500 : 1_500,
    })
  ).length;
  const after = await settled(bytesOf);
  const perRun = (bytes: number): number => bytes / runs / 1_024;
  return { runs, data: perRun(after.data - before.data), log: perRun(after.log - before.log) };
}

/** Some engines store a part of it later: waits until the store has not grown for a moment, or for three seconds. */
async function settled(bytesOf: () => Promise<StoreBytes>): Promise<StoreBytes> {
  let last = await bytesOf();
  for (let waits = 0; waits < 12; waits += 1) {
    await pause(250);
    const now = await bytesOf();
    if (now.data === last.data) return now;
    last = now;
  }
  return last;
}
