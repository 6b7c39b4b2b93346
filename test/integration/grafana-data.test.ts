import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writePictures } from "../../grafana/picture/write-pictures.ts";
import { type Panel, readBoards, readRules } from "../support/boards.ts";
import { hasPrometheus, type Sample, type Series } from "../support/prometheus.ts";
import { TrafficScene } from "../support/traffic-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

const boards = readBoards();
const panels = boards.flatMap(({ title, panels }) =>
  panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ board: title, panel, target }))),
);

/** A query as Grafana sends it, everything chosen. */
const filled = (expr: string, window = "10s"): string =>
  expr.replaceAll("$__rate_interval", window).replaceAll(/"\$\w+"/g, '".*"');

function exprOf(board: string, title: string, refId = "A"): string {
  const found = panels.find(
    ({ board: of, panel, target }) => of === board && panel.title === title && target.refId === refId,
  );
  if (found === undefined) throw new Error(`${board} has no panel ${title} with ${refId}`);
  return filled(found.target.expr, "1h");
}

const labelsOf = (legend: string): string[] =>
  [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);

describe.skipIf(!hasPrometheus())(
  "dashboards and rules, fed by a real engine through a real Prometheus",
  () => {
    let scene: TrafficScene;
    let endedAt = 0;

    beforeAll(async () => {
      scene = await TrafficScene.open();
      await scene.warmUp();
      await scene.run();
      endedAt = Date.now() / 1_000;
      // For people: MILLRACE_PICTURES=FOLDER draws the dashboards with this data.
      const folder = process.env["MILLRACE_PICTURES"];
      const span = { from: scene.startedAt, to: endedAt, rate: "10s" };
      if (folder !== undefined) await writePictures({ url: scene.prometheus.url, folder, ...span });
    }, 240_000);
    afterAll(async () => scene.end());

    /** What there is now: a scrape that came too late leaves nothing for a second. */
    const now = async (expr: string): Promise<readonly Sample[]> =>
      waitUntil(
        async () => {
          const samples = await scene.prometheus.now(expr);
          expect(samples, expr).not.toEqual([]);
          return samples;
        },
        { timeoutMs: 15_000, intervalMs: 200 },
      );

    const answer = async ({ type }: Panel, expr: string): Promise<readonly (Sample | Series)[]> =>
      type === "table" ? now(expr) : scene.prometheus.over(expr, { from: scene.startedAt, to: endedAt });

    test.each(
      panels.map((each) => [`${each.board}: ${each.panel.title} ${each.target.refId}`, each] as const),
    )("%s shows data", async (_name, { panel, target }) => {
      const series = await answer(panel, filled(target.expr));

      const numbers = series
        .flatMap((each) => ("values" in each ? each.values : [each.value]))
        .map(([, value]) => value);
      expect(numbers.filter((value) => Number.isFinite(Number(value))).length).toBeGreaterThan(0);
      const unnamed = series.filter(({ metric }) =>
        labelsOf(target.legendFormat).some((label) => !(label in metric)),
      );
      expect(unnamed).toEqual([]);
    });

    test("deploys are marked", async () => {
      for (const { annotations } of boards)
        for (const { expr } of annotations.list) {
          const marks = await scene.prometheus.over(expr, { from: scene.startedAt, to: endedAt });
          expect(new Set(marks.map(({ metric }) => metric["component"]))).toEqual(
            new Set(["exporter", "worker"]),
          );
        }
    });

    test("every rule is evaluated without an error, and what is recorded has a value", async () => {
      const states = await scene.prometheus.rules();

      expect(states.filter(({ health }) => health !== "ok")).toEqual([]);
      expect(states.length).toBe(readRules().length);
      for (const { record } of readRules())
        if (record !== undefined) expect(await now(record), record).not.toEqual([]);
    });

    test("the worker that was killed is missed, and nothing else fires", async () => {
      const alerts = (await scene.prometheus.rules()).filter(({ type }) => type === "alerting");
      const firing = alerts.filter(({ state }) => state === "firing").map(({ name }) => name);

      expect(alerts.find(({ name }) => name === "MillraceComponentDown")?.state).not.toBe("inactive");
      expect(firing.filter((name) => name !== "MillraceComponentDown")).toEqual([]);
    });

    test("runs started on the panel are the runs that were started", async () => {
      const counter = "max by (namespace, flow, trigger) (millrace_runs_started_total)";
      const started = await byFlow(`sum by (flow) (${counter})`);
      const seen = await sinceFirstScrape("millrace_runs_started_total");

      const onPanel = await scene.prometheus.value(exprOf("Millrace / Overview", "Runs started"));

      expect(started).toEqual(Object.fromEntries(scene.started));
      await expectAbout(60 * onPanel, sumOf(seen)); // starts a minute over the last hour, times 60 minutes
    });

    test("ended and failed runs of the table are those of each flow", async () => {
      const ended = await byFlow(exprOf("Millrace / Overview", "Flows, worst first", "A"));
      const failed = await byFlow(exprOf("Millrace / Overview", "Flows, worst first", "B"));

      const seen = await sinceFirstScrape("millrace_runs_finished_total");
      expect(Object.keys(ended).toSorted()).toEqual([...scene.started.keys()].toSorted());
      for (const [flow, count] of Object.entries(seen)) await expectAbout(ended[flow], count);
      await expectAbout(failed["checkout"], scene.refused);
      expect(failed["held"]).toBe(0);
    });

    test("the engine's metrics pass the checks of Prometheus, and tasks have exemplars", async () => {
      const ours = (await scene.exposition())
        .split("\n")
        .filter((line) => !/^(# (HELP|TYPE) )?(nodejs|process)_/.test(line));
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
        input: ours.join("\n"),
      });
      const exemplars = await scene.prometheus.ask<{ exemplars: { labels: object }[] }[]>("query_exemplars", {
        query: "millrace_task_duration_seconds_bucket",
        start: String(scene.startedAt),
        end: String(endedAt),
      });

      expect(`${stdout.toString()}${stderr.toString()}`).toBe("");
      expect(status).toBe(0);
      expect(exemplars.flatMap((series) => series.exemplars)[0]?.labels).toHaveProperty("run_id");
    });

    async function byFlow(expr: string): Promise<Record<string, number>> {
      const samples = await now(expr);
      return Object.fromEntries(samples.map(({ metric, value }) => [metric["flow"] ?? "", Number(value[1])]));
    }

    /** At least what was counted; `increase` extrapolates by up to half a scrape before and 1.1 scrapes behind. */
    async function expectAbout(actual: number | undefined, expected: number): Promise<void> {
      const scrapes = await scene.prometheus.value("min(count_over_time(millrace_runs_started_total[1h]))");
      expect(actual).toBeGreaterThan(expected - 0.01);
      expect(actual).toBeLessThan(expected * (1 + 1.7 / (scrapes - 1)) + 0.01);
    }

    /** What a counter has gained since Prometheus saw it first: all that `increase` can know. */
    const sinceFirstScrape = async (name: string): Promise<Record<string, number>> =>
      byFlow(
        `sum by (flow) (max by (namespace, flow, trigger, state) (${name} - min_over_time(${name}[1h])))`,
      );
  },
);

const sumOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
