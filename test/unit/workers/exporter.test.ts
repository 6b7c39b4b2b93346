import { afterEach, describe, expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import { createProcessMetrics } from "../../../src/observe/process-metrics.ts";
import { Exporter, type ExporterOptions } from "../../../src/workers/exporter.ts";
import type { MetricSource, Observation } from "../../../src/workers/metric-source.ts";
import { manyMetrics, readSamples, valueOf } from "../../support/metric-text.ts";
import { waitUntil } from "../../support/wait-until.ts";

const seen: Observation = {
  documents: manyMetrics(2, 2),
  readings: {
    activeRuns: [],
    queues: [],
    workersAlive: 2,
    timersPending: 0,
    feedEntries: 0,
    memory: { usedBytes: 1, maxBytes: null },
    lag: { events: 0, ms: 0 },
    setAside: 0,
  },
};
const patience = { timeoutMs: 10_000, intervalMs: 5 };

/** A source whose answers the test decides. */
class Answers implements MetricSource {
  readonly waiting: Waiting[] = [];
  readings = 0;
  next: Observation | Error | null = seen; // null = it does not answer

  async read(): Promise<Observation> {
    this.readings += 1;
    if (this.next instanceof Error) throw this.next;
    if (this.next !== null) return this.next;
    return new Promise((resolve) => {
      this.waiting.push({ resolve });
    });
  }
}

interface Waiting {
  readonly resolve: (observation: Observation) => void;
}

const exporters: Exporter[] = [];
const troubles: unknown[] = [];
afterEach(async () => {
  await Promise.all(exporters.splice(0).map(async (exporter) => exporter.stop()));
  troubles.splice(0);
});

function make(source: MetricSource, more: Partial<ExporterOptions> = {}): Exporter {
  const metrics = createProcessMetrics({ version: "1", component: "exporter", slots: null });
  const onTrouble = (error: unknown): void => void troubles.push(error);
  const exporter = new Exporter({ namespace: "default", source, metrics, onTrouble, ...more });
  exporters.push(exporter);
  return exporter;
}

const textOf = async (exporter: Exporter): Promise<string> => (await exporter.expose(null)).body;
const hasGauges = (text: string): boolean =>
  readSamples(text).some(({ name }) => name === "millrace_workers_alive");

describe("the exporter", () => {
  test("a scrape shows what was read, and reads nothing", async () => {
    const source = new Answers();
    const exporter = make(source);
    await exporter.refresh();

    const texts = [await textOf(exporter), await textOf(exporter)];

    for (const text of texts) {
      expect(valueOf(text, "millrace_runs_started_total", { flow: "flow-1", trigger: "client" })).toBe(1);
      expect(valueOf(text, "millrace_workers_alive")).toBe(2);
    }
    expect(source.readings).toBe(1);
  });

  test("reads again by itself until it is stopped", async () => {
    const source = new Answers();
    const exporter = make(source);

    await exporter.start();
    await waitUntil(async () => expect(source.readings).toBeGreaterThan(1), patience);
    await exporter.stop();
    const atTheEnd = source.readings;
    await exporter.refresh();

    expect(source.readings).toBe(atTheEnd + 1);
  });

  test("without Redis, keeps the counters and leaves out what nobody knows", async () => {
    const source = new Answers();
    const exporter = make(source);
    await exporter.refresh();
    source.next = new EngineError("REDIS_UNAVAILABLE", "gone");

    await exporter.refresh();

    const text = await textOf(exporter);
    expect(hasGauges(text)).toBe(false);
    expect(valueOf(text, "millrace_runs_started_total", { flow: "flow-0", trigger: "client" })).toBe(1);
    expect(valueOf(text, "millrace_redis_errors_total", { kind: "unavailable" })).toBe(1);
    expect(troubles).toHaveLength(1);
  });

  test("does the same while Redis does not answer at all, and goes on when it does", async () => {
    const source = new Answers();
    const exporter = make(source, { patienceMs: 20 });
    await exporter.refresh();
    source.next = null;

    const waiting = exporter.refresh();
    await waitUntil(async () => expect(hasGauges(await textOf(exporter))).toBe(false), patience);
    source.waiting[0]?.resolve(seen);
    await waiting;

    expect(hasGauges(await textOf(exporter))).toBe(true);
    expect(troubles).toMatchObject([{ code: "REDIS_UNAVAILABLE" }]);
  });
});
