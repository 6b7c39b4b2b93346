import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { acceptsOpenMetrics, type Exposition, expose } from "../../../src/observe/exposition.ts";
import { gaugeFamilies } from "../../../src/observe/gauge-families.ts";
import { defaultSeriesLimits, limitMetrics } from "../../../src/observe/limit-series.ts";
import { metricCatalog } from "../../../src/observe/metric-catalog.ts";
import { createProcessMetrics } from "../../../src/observe/process-metrics.ts";
import { projectedFamilies } from "../../../src/observe/projected-families.ts";
import type { RunMetrics } from "../../../src/projections/run-metrics-document.ts";
import { manyMetrics, metricsWith, readSamples, valueOf } from "../../support/metric-text.ts";

const openMetrics = "application/openmetrics-text;version=1.0.0";
const metrics = createProcessMetrics({
  version: "1.2.3",
  component: "worker",
  slots: () => ({ runs: { used: 1, total: 3 }, tasks: { used: 0, total: 5 } }),
});
metrics.appended(3, 1);
metrics.replayed("orders", 12);

async function exposed(documents: readonly RunMetrics[], accept: string | null): Promise<Exposition> {
  const limited = limitMetrics(documents, defaultSeriesLimits);
  const readings = {
    activeRuns: [],
    queues: [{ queue: "default", waiting: 1, active: 0, delayed: 0, oldestWaitingMs: 1 }],
    workersAlive: 1,
    timersPending: 0,
    feedEntries: 0,
    memory: { usedBytes: 1, maxBytes: 2 },
    lag: { events: 0, ms: 0 },
    setAside: 0,
  };
  const families = [...projectedFamilies("default", limited), ...gaugeFamilies("default", readings, limited)];
  return expose({ registry: metrics.registry, families: () => families }, accept);
}

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const observed = metricsWith({
  flow: "orders",
  task: 'tricky "name"\\\n',
  queues: new Map([["default", 1]]),
  taskDuration: [95_070, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
  exemplars: [
    null,
    [70, 1_700_000_000_123, "01KA", trace],
    null,
    null,
    null,
    null,
    [95_000, 1_700_000_000_456, "01KB", null],
  ],
});

describe("text", () => {
  test("has every metric of the catalogue, each under its name and type", async () => {
    const { body, contentType } = await exposed([metricsWith({ flow: "orders" }), observed], null);

    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    const types = new Map([...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    const names = new Set(readSamples(body).map(({ name }) => name.replace(/_bucket$/, "")));
    for (const [name, { type }] of Object.entries(metricCatalog)) {
      expect([name, types.get(name)]).toEqual([name, type]);
      expect({ name, hasSamples: names.has(name) }).toEqual({
        name,
        hasSamples: true,
      });
    }
    expect(body).not.toContain(" # {");
  });

  test("keeps names of counters after it was asked for OpenMetrics", async () => {
    await exposed([], openMetrics);

    const { body } = await exposed([], null);

    expect(valueOf(body, "millrace_event_append_conflicts_total")).toBe(1);
    expect(body).toContain("process_cpu_user_seconds_total ");
  });

  test.skipIf(spawnSync("promtool", ["--version"]).error !== undefined)("passes promtool", async () => {
    const { body } = await exposed([...manyMetrics(2, 2), observed], null);
    const families = body
      .split("\n\n")
      .filter((family) => !/^# HELP (nodejs|process)_/.test(family.trimStart()));

    const { stdout, stderr, status } = spawnSync("promtool", ["check", "metrics"], {
      input: `${families.join("\n")}\n`,
      encoding: "utf8",
    });

    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(families.length).toBeGreaterThan(25);
  });
});

describe("OpenMetrics", () => {
  test("ends with EOF, has no empty lines, and each sample belongs to the family above it", async () => {
    const { body, contentType } = await exposed([...manyMetrics(2, 2), observed], openMetrics);

    expect(contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(body.endsWith("\n# EOF\n")).toBe(true);
    let family = { name: "", type: "" };
    const seen = new Set<string>();
    for (const line of body.split("\n").slice(0, -2)) {
      const [, name = "", type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (name !== "") {
        family = { name, type };
        expect(seen.has(name)).toBe(false);
        seen.add(name);
      } else if (!line.startsWith("# HELP ")) {
        const suffix =
          family.type === "counter" ? "_total" : family.type === "histogram" ? "_(bucket|sum|count)" : "";
        expect(line).toMatch(new RegExp(`^${family.name}${suffix}[ {]`));
      }
    }
    expect(seen.has("millrace_runs_started")).toBe(true);
    expect(seen.size).toBeGreaterThan(Object.keys(metricCatalog).length);
  });

  test("has exemplars at the buckets of task durations, and nowhere else", async () => {
    const { body } = await exposed([...manyMetrics(2, 2), observed], openMetrics);

    const found = readSamples(body.replace(/\n# EOF\n$/, "\n")).filter(({ exemplar }) => exemplar !== null);
    expect(found.map(({ name, labels, exemplar }) => [name, labels["le"], exemplar])).toEqual([
      [
        "millrace_task_duration_seconds_bucket",
        "0.25",
        `{run_id="01KA",trace_id="${trace}"} 0.07 1700000000.123`,
      ],
      ["millrace_task_duration_seconds_bucket", "300", '{run_id="01KB"} 95 1700000000.456'],
    ]);
  });

  test.each([
    [null, false],
    ["*/*", false],
    ["text/plain", false],
    [openMetrics, true],
    ["application/openmetrics-text", true],
    ["application/openmetrics-text;version=2.0.0", false],
    ["application/openmetrics-text;q=0", false],
    ["application/openmetrics-text;q=0.2, text/plain;version=0.0.4;q=0.5", false],
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      true,
    ],
  ])("is what %j wants: %s", (accept, wanted) => {
    expect(acceptsOpenMetrics(accept)).toBe(wanted);
  });
});

test("names of any sort are escaped", async () => {
  const { body } = await exposed([observed], null);

  expect(body).toContain('task="tricky \\"name\\"\\\\\\n"');
});

test.each([null, openMetrics])(
  "500 pairs of flow and task take at most 50 ms to render (%s)",
  async (accept) => {
    const limited = limitMetrics(manyMetrics(50, 10), defaultSeriesLimits);
    const families = projectedFamilies("default", limited);
    const times: number[] = [];
    let body = "";
    for (let round = 0; round < 12; round += 1) {
      const before = process.cpuUsage(); // not the clock: other tests use this machine at the same time
      ({ body } = await expose({ registry: metrics.registry, families: () => families }, accept));
      times.push(process.cpuUsage(before).user / 1_000);
    }

    const pairs = readSamples(body.replace("# EOF\n", "")).filter(
      ({ name }) => name === "millrace_task_duration_seconds_count",
    );
    expect(pairs.length).toBe(500);
    expect(Math.min(...times)).toBeLessThan(50);
  },
);
