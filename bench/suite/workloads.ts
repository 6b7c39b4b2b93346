import { fanOut, growth, latency, type Scale, storage, throughput } from "./measurements.ts";
import type { Measured, Session } from "./session.ts";

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly isBetter: "less" | "more";
}

export interface Workload {
  readonly name: string;
  readonly about: string;
  readonly figures: readonly Figure[]; // the first one is drawn
  readonly isLong?: boolean; // takes half a minute or more: not in every round, and in --quick only if it is named
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
    figures: [less("p50", "ms"), less("p99", "ms"), less("first 200 runs", "ms"), ...perThousand],
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
    isLong: true,
    about:
      "1,000 parked runs: from a signal to the first line after the await; sleeps due in the same second",
    figures: [less("signal p50", "ms"), less("signal p99", "ms"), less("sleeps late p50", "ms")],
    measure: null,
  },
  {
    name: "B6",
    isLong: true,
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
    isLong: true,
    about:
      "a quiet tenant beside one with ten times its load, while up to 10,000 runs are parked: p99 of its runs",
    figures: [
      less("p99/alone", "x"),
      less("p99 alone", "ms"),
      less("p99 beside", "ms"),
      less("p50/alone", "x"),
      more("parked", ""),
    ],
    measure: null,
  },
  {
    name: "B10",
    isLong: true,
    about: "what folding lists, statistics and metrics in a process beside it takes from the throughput",
    figures: [less("cost", "%"), more("alone", "tasks/s"), more("observed", "tasks/s")],
    measure: null,
  },
  {
    name: "S",
    isLong: true,
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
