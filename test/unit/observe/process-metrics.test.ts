import { expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import { expose } from "../../../src/observe/exposition.ts";
import { createProcessMetrics, type ProcessMetrics } from "../../../src/observe/process-metrics.ts";
import { valueOf } from "../../support/metric-text.ts";

const textOf = async ({ registry }: ProcessMetrics): Promise<string> =>
  (await expose({ registry, families: () => [] }, null)).body;
const make = (): ProcessMetrics =>
  createProcessMetrics({ version: "1.2.3", component: "exporter", slots: null });

test("a new process has counted nothing, and says what it is", async () => {
  const text = await textOf(make());

  for (const result of ["applied", "known", "set_aside"])
    expect(valueOf(text, "millrace_projection_events_total", { result })).toBe(0);
  for (const kind of ["unavailable", "read_only", "out_of_memory", "other"])
    expect(valueOf(text, "millrace_redis_errors_total", { kind })).toBe(0);
  expect(valueOf(text, "millrace_event_append_conflicts_total")).toBe(0);
  expect(valueOf(text, "millrace_build_info", { version: "1.2.3", component: "exporter" })).toBe(1);
  expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  expect(text).not.toContain("millrace_worker_slots{");
});

test("what happens is counted, in seconds", async () => {
  const metrics = make();

  metrics.appended(4, 0);
  metrics.appended(6, 2);
  metrics.replayed("orders", 2_500);
  metrics.stored(30);
  metrics.folded("applied", 40);
  metrics.folded("known", 2);
  metrics.redisFailed(new EngineError("REDIS_OUT_OF_MEMORY", "full"));
  metrics.redisFailed(new Error("odd"));

  const text = await textOf(metrics);
  const append = "millrace_event_append_duration_seconds";
  expect(valueOf(text, `${append}_sum`)).toBeCloseTo(0.01);
  expect(valueOf(text, `${append}_bucket`, { le: "0.005" })).toBe(1);
  expect(valueOf(text, "millrace_event_append_conflicts_total")).toBe(2);
  expect(valueOf(text, "millrace_replay_duration_seconds_bucket", { flow: "orders", le: "2.5" })).toBe(1);
  expect(valueOf(text, "millrace_projection_store_duration_seconds_count")).toBe(1);
  expect(valueOf(text, "millrace_projection_events_total", { result: "applied" })).toBe(40);
  expect(valueOf(text, "millrace_redis_errors_total", { kind: "out_of_memory" })).toBe(1);
  expect(valueOf(text, "millrace_redis_errors_total", { kind: "other" })).toBe(1);
});

test("slots are those of the moment of the scrape", async () => {
  const slots = { runs: { used: 0, total: 200 }, tasks: { used: 0, total: 20 } };
  const metrics = createProcessMetrics({ version: "1", component: "worker", slots: () => slots });
  slots.tasks.used = 15;

  const text = await textOf(metrics);

  expect(valueOf(text, "millrace_worker_slots", { kind: "tasks", state: "used" })).toBe(15);
  expect(valueOf(text, "millrace_worker_slots", { kind: "tasks", state: "free" })).toBe(5);
  expect(valueOf(text, "millrace_worker_slots", { kind: "runs", state: "free" })).toBe(200);
});
