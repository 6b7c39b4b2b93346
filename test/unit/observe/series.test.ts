import { describe, expect, test } from "vitest";
import { expose } from "../../../src/observe/exposition.ts";
import { type GaugeReadings, gaugeFamilies } from "../../../src/observe/gauge-families.ts";
import {
  defaultSeriesLimits,
  limitMetrics,
  limitSeries,
  type SeriesLimits,
} from "../../../src/observe/limit-series.ts";
import { metricCatalog } from "../../../src/observe/metric-catalog.ts";
import { projectedFamilies } from "../../../src/observe/projected-families.ts";
import type { RunMetrics } from "../../../src/projections/run-metrics-document.ts";
import { manyMetrics, metricsWith, readSamples, sampleText, valueOf } from "../../support/metric-text.ts";

const quiet: GaugeReadings = {
  activeRuns: [],
  queues: [],
  workersAlive: 2,
  timersPending: 3,
  feedEntries: 4,
  memory: { usedBytes: 5, maxBytes: 6 },
  lag: { events: 7, ms: 8_500 },
  setAside: 9,
};

async function textOf(
  documents: readonly RunMetrics[],
  {
    readings = quiet,
    limits = defaultSeriesLimits,
  }: { readings?: GaugeReadings; limits?: SeriesLimits } = {},
): Promise<string> {
  const limited = limitMetrics(documents, limits);
  const families = [...projectedFamilies("default", limited), ...gaugeFamilies("default", readings, limited)];
  return (await expose({ registry: null, families: () => families }, null)).body;
}

const samplesOf = (text: string, name: string): string[] =>
  readSamples(text)
    .filter((sample) => sample.name === name)
    .map(sampleText);

describe("a flow that is known", () => {
  test("has every value of every closed label at 0", async () => {
    const text = await textOf([
      metricsWith({ flow: "orders" }),
      metricsWith({ flow: "orders", task: "extract" }),
    ]);

    for (const [name, { where, labels, type }] of Object.entries(metricCatalog)) {
      if (where === "process" || !("flow" in labels)) continue;
      const values = Object.values(labels).flatMap((list) => (list === null ? [] : [list.length]));
      const expected = values.reduce((product, count) => product * count, 1);
      const samples = samplesOf(text, type === "histogram" ? `${name}_count` : name);
      expect({ name, samples: samples.length }).toEqual({ name, samples: expected });
      expect(samples.every((sample) => sample.endsWith(" 0"))).toBe(true);
    }
  });

  test("has what was counted, with seconds for milliseconds", async () => {
    const startDelay = [5_020, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    const text = await textOf([
      metricsWith({ flow: "orders", finished: new Map([["timed_out", 3]]), startDelay, ownersLost: 2 }),
    ]);
    const bucket = "millrace_run_start_delay_seconds_bucket";

    expect(valueOf(text, "millrace_runs_finished_total", { state: "timed_out" })).toBe(3);
    expect(valueOf(text, "millrace_owners_lost_total", { flow: "orders" })).toBe(2);
    expect(valueOf(text, "millrace_run_start_delay_seconds_sum")).toBe(5.02);
    expect(["0.01", "0.05", "2.5", "5", "+Inf"].map((le) => valueOf(text, bucket, { le }))).toEqual([
      0, 1, 1, 2, 2,
    ]);
  });
});

describe("gauges", () => {
  test("say what was read; a queue's lanes are one, and no limit of memory is no sample", async () => {
    const activeRuns = [
      { flow: "orders", state: "running", count: 2 },
      { flow: "orders", state: "running", count: 3 },
      { flow: "new", state: "scheduled", count: 1 },
    ] as const;
    const queues = [{ queue: "gpu", waiting: 4, active: 1, delayed: 0, oldestWaitingMs: 1_500 }];
    const memory = { usedBytes: 100, maxBytes: null };
    const text = await textOf([metricsWith({ flow: "orders" })], {
      readings: { ...quiet, activeRuns, queues, memory },
    });

    expect(valueOf(text, "millrace_runs_active", { flow: "orders", state: "running" })).toBe(5);
    expect(valueOf(text, "millrace_runs_active", { flow: "orders", state: "paused" })).toBe(0);
    expect(valueOf(text, "millrace_runs_active", { flow: "new", state: "scheduled" })).toBe(1);
    expect(valueOf(text, "millrace_queue_jobs", { queue: "gpu", state: "waiting" })).toBe(4);
    expect(valueOf(text, "millrace_queue_oldest_waiting_seconds", { queue: "gpu" })).toBe(1.5);
    expect(samplesOf(text, "millrace_redis_memory_bytes")).toEqual([
      'millrace_redis_memory_bytes{kind="used"} 100',
    ]);
    expect(valueOf(text, "millrace_projection_lag_seconds", { namespace: "default" })).toBe(8.5);
  });
});

describe("the limit of series", () => {
  test("leaves the first ones their names, and sums up the others without losing any", async () => {
    const documents = manyMetrics(6, 2);
    const text = await textOf(documents.toReversed(), { limits: { flows: 2, tasks: 5, queues: 1 } });

    expect(samplesOf(text, "millrace_task_attempts_total").filter((each) => /="ok"/.test(each))).toEqual([
      'millrace_task_attempts_total{flow="flow-0",namespace="default",outcome="ok",task="task-0"} 1',
      'millrace_task_attempts_total{flow="flow-0",namespace="default",outcome="ok",task="task-1"} 1',
      'millrace_task_attempts_total{flow="flow-1",namespace="default",outcome="ok",task="task-0"} 1',
      'millrace_task_attempts_total{flow="flow-1",namespace="default",outcome="ok",task="task-1"} 1',
      'millrace_task_attempts_total{flow="flow-2",namespace="default",outcome="ok",task="task-0"} 1',
      'millrace_task_attempts_total{flow="__other__",namespace="default",outcome="ok",task="__other__"} 7',
    ]);
    expect(valueOf(text, "millrace_task_duration_seconds_count", { task: "__other__" })).toBe(7);
    expect(valueOf(text, "millrace_runs_started_total", { flow: "__other__", trigger: "client" })).toBe(4);
    expect(valueOf(text, "millrace_events_appended_total", { type: "RunCreated" })).toBe(6);
    expect(valueOf(text, "millrace_events_appended_total", { type: "TaskCompleted" })).toBe(12);
    const overflow = (metric: string) => valueOf(text, "millrace_metrics_overflow_total", { metric });
    expect(overflow("millrace_task_attempts_total")).toBe(7);
    expect(overflow("millrace_runs_finished_total")).toBe(4);
    expect(overflow("millrace_task_queue_wait_seconds")).toBe(1);
  });

  test("holds for gauges too", async () => {
    const activeRuns = [0, 1, 2].map(
      (flow) => ({ flow: `flow-${flow}`, state: "paused", count: 1 }) as const,
    );
    const queues = [0, 1].map((n) => ({
      queue: `queue-${n}`,
      waiting: 1,
      active: 0,
      delayed: 0,
      oldestWaitingMs: n,
    }));
    const readings = { ...quiet, activeRuns, queues };
    const text = await textOf(manyMetrics(3, 2), { readings, limits: { flows: 1, tasks: 9, queues: 1 } });

    expect(valueOf(text, "millrace_runs_active", { flow: "__other__", state: "paused" })).toBe(2);
    expect(valueOf(text, "millrace_queue_jobs", { queue: "__other__", state: "waiting" })).toBe(1);
  });

  test("orders by first appearance, then by name, and gives the common name to nobody", () => {
    const items = [
      { name: "b", firstSeen: 2 },
      { name: "c", firstSeen: 1 },
      { name: "a", firstSeen: 2 },
      { name: "__other__", firstSeen: 0 },
    ];

    const { own, rest } = limitSeries(items, 2, ({ name }) => [name]);

    expect(own.map(({ name }) => name)).toEqual(["c", "a"]);
    expect(rest.map(({ name }) => name)).toEqual(["__other__", "b"]);
  });

  test("is far from being reached by what has no flow", async () => {
    const text = await textOf([]);

    expect(readSamples(text).every(({ value }) => Number.isFinite(value))).toBe(true);
    expect(samplesOf(text, "millrace_metrics_overflow_total").every((each) => each.endsWith(" 0"))).toBe(
      true,
    );
  });
});
