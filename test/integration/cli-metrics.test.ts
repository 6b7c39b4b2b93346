import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { newestRuns } from "../../src/redis/list-runs.ts";
import { openNamespace } from "../../src/redis/open-namespace.ts";
import { readRun } from "../../src/redis/read-run.ts";
import { CliScene, fixture } from "../support/cli.ts";
import { readSamples, valueOf } from "../support/metric-text.ts";
import { waitUntil } from "../support/wait-until.ts";

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(inject("redisUrl"));
});
afterEach(async () => scene.end());

const squares = fixture("squares.ts");
const parameters = (count: number): string[] => [
  "-p",
  `count=${count}`,
  "-p",
  `effects=${scene.effectsFile}`,
  "-p",
  `gate=${scene.gate}`,
];
const anywhere = ["--metrics-port", "0"];
const urlIn = /(http:\/\/[\d.:]+\/metrics)/;
const patience = { timeoutMs: 30_000 };
const scrape = async (url: string, accept = "text/plain"): Promise<string> =>
  (await fetch(url, { headers: { accept } })).text();

/** Every event of the scene's namespace, read from the streams of its runs. */
async function readLog(): Promise<readonly RecordedEvent[]> {
  const redis = openConnection(toAddress(inject("redisUrl")));
  try {
    const namespace = await openNamespace(redis, scene.namespace, 16);
    const events: RecordedEvent[] = [];
    for await (const run of newestRuns(redis, namespace))
      events.push(...(await readRun(redis, namespace, { run, after: 0 })));
    return events;
  } finally {
    redis.disconnect();
  }
}

describe("millrace worker --metrics-port", () => {
  test("serves what this worker does", async () => {
    const worker = await scene.worker(squares, "-c", "3", ...anywhere);
    const url = await worker.until(urlIn);
    const watching = scene.start(["run", "squares", ...parameters(5), "--watch"]);
    await scene.untilEffects((effects) => effects.length === 5);

    const busy = await scrape(url);
    scene.openGate();
    await watching.ended;
    const done = await scrape(url);

    expect(valueOf(busy, "millrace_worker_slots", { kind: "tasks", state: "used" })).toBe(3); // 3 to 5 wait for the gate
    expect(valueOf(busy, "millrace_worker_slots", { kind: "runs", state: "used" })).toBe(0); // the run only waits
    expect(valueOf(done, "millrace_event_append_duration_seconds_count")).toBeGreaterThan(5);
    expect(valueOf(done, "millrace_build_info", { component: "worker" })).toBe(1);
    expect(done).not.toContain("millrace_runs_started_total");
    expect((await fetch(new URL("/livez", url))).status).toBe(200);
  });

  test("measures the replay of a run that another worker began", async () => {
    const first = await scene.worker(squares);
    const watching = scene.start(["run", "stairs", ...parameters(4), "--watch"]);
    await scene.untilEffects((effects) => effects.length === 3);
    const second = await scene.worker(squares, ...anywhere);
    const url = await second.until(urlIn);

    await first.end("SIGKILL");
    scene.openGate();
    await watching.ended;

    expect(valueOf(await scrape(url), "millrace_replay_duration_seconds_count", { flow: "stairs" })).toBe(1);
  });

  test("takes the port from the environment, and serves nothing without one", async () => {
    const silent = await scene.worker(squares);
    const told = scene.start(["worker", squares], { MILLRACE_METRICS_PORT: "0" });

    expect(await told.until(urlIn)).toMatch(urlIn);
    await told.until(/Stop: Ctrl-C/);
    expect(silent.err).not.toMatch(urlIn);
    expect((await told.end("SIGTERM")).code).toBe(0); // the server does not keep it
  });

  test("refuses ports that are none, or that somebody has", async () => {
    const worker = await scene.worker(squares, ...anywhere);
    const { port } = new URL(await worker.until(urlIn));

    const [wrong, exporter, taken] = await Promise.all([
      scene.run(["worker", squares, "--metrics-port", "70000"]),
      scene.run(["metrics", "--port", "http"]),
      scene.run(["worker", squares, "--metrics-port", port]),
    ]);

    expect(wrong).toMatchObject({
      code: 2,
      err: expect.stringContaining("OPTION_INVALID: --metrics-port (or MILLRACE_METRICS_PORT) must be"),
    });
    expect(exporter).toMatchObject({
      code: 2,
      err: expect.stringContaining("OPTION_INVALID: --port must be"),
    });
    expect(taken).toMatchObject({
      code: 3,
      err: expect.stringMatching(/^PORT_UNAVAILABLE: .*another process has/),
    });
  });
});

describe("millrace metrics", () => {
  test("counts every event of the log, after a restart too, and says how things are now", async () => {
    await scene.worker(squares, "-c", "2");
    const exporter = scene.start(["metrics", "--port", "0"]);
    const url = await exporter.until(urlIn);
    const known = { flow: "stairs", trigger: "script" };
    await waitUntil(
      async () => expect(valueOf(await scrape(url), "millrace_runs_started_total", known)).toBe(0),
      patience, // before its first run
    );
    const watching = [2, 2].map((count) => scene.start(["run", "squares", ...parameters(count), "--watch"]));
    await Promise.all(watching.map(async ({ ended }) => ended));
    await scene.run(["run", "stairs", ...parameters(4)]); // waits for the gate
    await scene.untilEffects((effects) => effects.length === 9);

    const events = await readLog();
    expect(events.length).toBeGreaterThan(30);
    const text = await waitUntil(async () => {
      const now = await scrape(url);
      const appended = readSamples(now).filter(({ name }) => name === "millrace_events_appended_total");
      expect(appended.reduce((sum, { value }) => sum + value, 0)).toBe(events.length);
      expect(valueOf(now, "millrace_projection_lag_events")).toBe(0);
      return now;
    }, patience);

    for (const type of [
      "RunCreated",
      "TaskScheduled",
      "TaskStarted",
      "TaskCompleted",
      "TurnTaken",
      "RunFailed",
    ])
      expect(valueOf(text, "millrace_events_appended_total", { type })).toBe(
        events.filter((event) => event.type === type).length,
      );
    const squared = { flow: "squares", task: "square" };
    expect(valueOf(text, "millrace_runs_started_total", { flow: "squares", trigger: "client" })).toBe(2);
    expect(valueOf(text, "millrace_runs_finished_total", { flow: "squares", state: "completed" })).toBe(2);
    expect(valueOf(text, "millrace_task_attempts_total", { ...squared, outcome: "ok" })).toBe(4);
    expect(valueOf(text, "millrace_task_duration_seconds_count", squared)).toBe(4);
    expect(valueOf(text, "millrace_task_queue_wait_seconds_count", { queue: "default" })).toBe(4);
    expect(valueOf(text, "millrace_runs_active", { flow: "stairs", state: "running" })).toBe(1);
    expect(valueOf(text, "millrace_runs_active", { flow: "squares", state: "running" })).toBe(0);
    expect(valueOf(text, "millrace_workers_alive", { namespace: scene.namespace })).toBe(1);
    expect(valueOf(text, "millrace_queue_jobs", { queue: "default", state: "active" })).toBe(1);
    expect(valueOf(text, "millrace_redis_memory_bytes", { kind: "used" })).toBeGreaterThan(100_000);

    expect((await exporter.end("SIGTERM")).code).toBe(0);
    const again = await scene.start(["metrics", "--port", "0"]).until(urlIn);
    const counters = (each: string): string[] =>
      each.split("\n").filter((line) => /^millrace_(runs_(started|finished)|task_|events_)/.test(line));
    await waitUntil(async () => expect(counters(await scrape(again))).toEqual(counters(text)), patience);
    expect(await scrape(again, "application/openmetrics-text")).toMatch(
      /millrace_task_duration_seconds_bucket\{.*task="square"\} 4 # \{run_id="[0-9A-Z]+"\}/,
    );
  });
});
