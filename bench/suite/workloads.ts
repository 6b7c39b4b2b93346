import { mean, quantile } from "../own/measure.ts";
import type { Batch, Figures, Measured, Plan, RunRecord, Session, StoreBytes } from "./session.ts";

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly isBetter: "less" | "more";
}

/** How much of a workload is done; times are budgets of one round, after which no run begins. */
export interface Scale {
  readonly isQuick: boolean;
  readonly seed: number;
  readonly longRun: number; // tasks of B4
  readonly isTiny: boolean; // for tests of the suite itself
}

export interface Workload {
  readonly name: string;
  readonly about: string;
  readonly figures: readonly Figure[]; // the first one is drawn
  /** null = there is no way that holds for every engine: an engine measures it in its own way, or not at all. */
  readonly measure: ((session: Session, scale: Scale) => Promise<Measured>) | null;
}

const less = (name: string, unit: string): Figure => ({ name, unit, isBetter: "less" });
const more = (name: string, unit: string): Figure => ({ name, unit, isBetter: "more" });

const perThousand = [less("cpu engine", "s/1000 tasks"), less("cpu store", "s/1000 tasks")];

export const workloads: readonly Workload[] = [
  {
    name: "B1",
    about: "runs of 10 sequential no-op tasks, one run at a time: from the start to the result at the client",
    figures: [less("p50", "ms"), less("p99", "ms"), ...perThousand],
    measure: latency,
  },
  {
    name: "B2",
    about: "runs of 4 sequential no-op tasks, 100 in flight",
    figures: [more("tasks", "/s"), more("runs", "/s"), ...perThousand],
    measure: throughput,
  },
  {
    name: "B3",
    about:
      "one run of 100, and one of 1,000, tasks at once: to the result; and to the first and the last task's body",
    figures: [
      less("1000 tasks", "ms"),
      less("100 tasks", "ms"),
      less("first of 100", "ms"),
      less("last of 100", "ms"),
    ],
    measure: fanOut,
  },
  {
    name: "B4",
    about: "one run of 1,000 sequential tasks: the median gap of the last 100 by that of the first 100",
    figures: [less("last/first", "x"), less("gap", "ms"), less("whole run", "s"), more("tasks in it", "")],
    measure: growth,
  },
  {
    name: "B5",
    about:
      "1,000 parked runs: from a signal to the first line after the await; sleeps due in the same second",
    figures: [less("signal p50", "ms"), less("signal p99", "ms"), less("sleeps late p50", "ms")],
    measure: null,
  },
  {
    name: "B6",
    about: "kill -9 of a worker in a task, another one is alive: from its death to the task's next start",
    figures: [less("p50", "s"), less("max", "s")],
    measure: null,
  },
  {
    name: "B7",
    about:
      "bytes in the store per finished run of 10 tasks with small results, and with results of 200 bytes of text",
    figures: [
      less("data", "KB/run"),
      less("log", "KB/run"),
      less("data with 200 B", "KB/run"),
      less("log with 200 B", "KB/run"),
    ],
    measure: storage,
  },
  {
    name: "B8",
    about: "claiming and replaying a recorded history of 100, 1,000 and 10,000 tasks",
    figures: [less("1000 tasks", "ms"), less("100 tasks", "ms"), less("10000 tasks", "ms")],
    measure: null,
  },
  {
    name: "B9",
    about: "a quiet tenant beside one with ten times its load, while 10,000 runs are parked: p99 of its runs",
    figures: [less("p99/alone", "x"), less("p99 alone", "ms"), less("p99 beside", "ms")],
    measure: null,
  },
  {
    name: "B10",
    about: "what projections and metrics beside it take from the throughput",
    figures: [less("cost", "%"), more("alone", "tasks/s"), more("observed", "tasks/s")],
    measure: null,
  },
  {
    name: "S",
    about: "tasks/s with 1, 2 and 4 worker processes on one Redis, and on a cluster of three masters",
    figures: [
      more("1 worker", "tasks/s"),
      more("2 workers", "tasks/s"),
      more("4 workers", "tasks/s"),
      more("2 workers, 3 masters", "tasks/s"),
      more("4 workers, 3 masters", "tasks/s"),
    ],
    measure: null,
  },
];

const planOf = (plan: Partial<Plan>, { seed }: Scale): Plan => ({
  shape: "sequence",
  tasks: 10,
  bytes: 0,
  seed,
  ...plan,
});

/** Until the code is compiled and pools are full; bounded in time, as some engines need seconds for a run. */
async function warmUp(session: Session, batch: Batch, { isTiny, isQuick }: Scale): Promise<void> {
  await session.runs({ ...batch, count: isTiny ? 1 : batch.count, budgetMs: isQuick ? 1_000 : 2_000 });
}

async function latency(session: Session, scale: Scale): Promise<Measured> {
  const count = scale.isTiny ? 3 : scale.isQuick ? 50 : 200;
  const batch = { plan: planOf({}, scale), count, inFlight: 1, budgetMs: scale.isQuick ? 2_000 : 5_000 };
  await warmUp(session, { ...batch, count: 100 }, scale);
  const { records, figures } = await timed(session, batch);
  const times = records.map(({ ms }) => ms);
  return {
    n: times.length,
    figures: { p50: quantile(times, 0.5), p99: quantile(times, 0.99), ...figures },
  };
}

async function throughput(session: Session, scale: Scale): Promise<Measured> {
  const count = scale.isTiny ? 10 : scale.isQuick ? 300 : 1_000;
  const plan = planOf({ tasks: 4 }, scale);
  const batch = { plan, count, inFlight: 100, budgetMs: scale.isQuick ? 2_000 : 5_000 };
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

async function fanOut(session: Session, scale: Scale): Promise<Measured> {
  const budgetMs = scale.isQuick ? 1_500 : 4_000;
  const one = { inFlight: 1, budgetMs };
  const narrow = { ...one, plan: planOf({ shape: "fan", tasks: scale.isTiny ? 5 : 100 }, scale), count: 10 };
  const wide = { ...one, plan: planOf({ shape: "fan", tasks: scale.isTiny ? 10 : 1_000 }, scale), count: 3 };
  await warmUp(session, { ...narrow, count: 2 }, scale);
  const hundred = await session.runs(narrow);
  const thousand = await session.runs(wide);
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

async function growth(session: Session, scale: Scale): Promise<Measured> {
  const tasks = scale.isTiny ? 20 : scale.isQuick ? Math.min(300, scale.longRun) : scale.longRun;
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

async function storage(session: Session, scale: Scale): Promise<Measured> {
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
  const before = await bytesOf();
  const runs = (await session.runs({ plan, count, inFlight: 50, budgetMs: scale.isQuick ? 1_000 : 2_500 }))
    .length;
  const after = await bytesOf();
  const perRun = (bytes: number): number => bytes / runs / 1_024;
  return { runs, data: perRun(after.data - before.data), log: perRun(after.log - before.log) };
}
