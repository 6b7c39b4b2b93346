import { Client } from "../../src/workers/client.ts";
import { openStore, settingsFromEnvironment } from "../../src/workers/settings.ts";
import { CliScene, fixture, type Running } from "./cli.ts";
import { valueOf } from "./metric-text.ts";
import { TestPrometheus } from "./prometheus.ts";
import { freePort, startServer, type TestServer } from "./redis-server.ts";
import { waitUntil } from "./wait-until.ts";

const patience = { timeoutMs: 60_000, intervalMs: 100 };
const trafficFile = fixture("traffic.ts");
const charges = Array.from({ length: 40 }, (_, index) => index + 1);
const chargesPerTurn = 4; // between two looks at the metrics, so that the traffic lasts for some scrapes

interface Ours {
  readonly server: TestServer;
  readonly cli: CliScene;
  readonly client: Client;
  readonly workers: readonly Worker[];
  readonly exporter: string; // address of the metrics of one of the two
  readonly prometheus: TestPrometheus;
}

interface Worker {
  readonly running: Running;
  readonly target: string; // host:port of its metrics
}

/**
 * Millrace as it is in production, small: a Redis with a limit, two workers, two exporters that say the same, and a
 * Prometheus that scrapes them. Made traffic: runs that succeed, fail, try again, time out and sleep, queued tasks, and a worker that is killed.
 */
export class TrafficScene {
  readonly #ours: Ours;
  readonly startedAt = Date.now() / 1_000;
  readonly started = new Map<string, number>(); // runs by flow
  readonly refused = charges.filter((n) => n % 7 === 0).length; // of the runs of checkout, by the fixture

  private constructor(ours: Ours) {
    this.#ours = ours;
  }

  static async open(): Promise<TrafficScene> {
    const server = await startServer({ settings: { maxmemory: "512mb", "maxmemory-policy": "noeviction" } });
    const cli = new CliScene(server.url);
    const workers = await Promise.all([startWorker(cli), startWorker(cli)]);
    const exporters = await Promise.all([startExporter(cli), startExporter(cli)]);
    const targets = [...workers.map(({ target }) => target), ...exporters];
    const prometheus = await TestPrometheus.start(targets);
    const settings = { ...settingsFromEnvironment(), redisUrl: server.url, namespace: cli.namespace };
    const client = new Client(await openStore(settings));
    return new TrafficScene({ server, cli, client, workers, exporter: exporters[0], prometheus });
  }

  get prometheus(): TestPrometheus {
    return this.#ours.prometheus;
  }

  /** What the exporter says by itself. */
  async exposition(): Promise<string> {
    return (await fetch(`http://${this.#ours.exporter}/metrics`)).text();
  }

  /** The first run of each flow: from then on its counters are there, and every increase can be seen. */
  async warmUp(): Promise<void> {
    const { cli } = this.#ours;
    for (const n of [1, 5]) await this.#start("checkout", { n });
    await this.#start("nap", {});
    await this.#start("late", {});
    await this.#start("held", { gate: cli.write("gate-of-warm-up", "") });
    await this.#untilIdle();
  }

  /** The measured part, with a worker killed in its middle; ends when every run has ended and was scraped. */
  async run(): Promise<void> {
    const { cli } = this.#ours;
    for (const flow of ["nap", "nap", "late", "late"]) await this.#start(flow, {});
    for (const [index, n] of charges.entries()) {
      await this.#start("checkout", { n });
      if (index === charges.length / 2) await this.#killOwner();
      if (index % chargesPerTurn === 0) await this.#untilScraped();
    }
    cli.openGate();
    await this.#untilIdle();
  }

  async #start(flow: string, input: unknown): Promise<void> {
    const { client } = this.#ours;
    await client.start({ flow, input, queue: "default", tags: [], name: null, source: null });
    this.started.set(flow, (this.started.get(flow) ?? 0) + 1);
  }

  /** Kills a worker while it holds tasks that wait for the gate: their runs wait in some worker, and no slot counts these. */
  async #killOwner(): Promise<void> {
    const { workers, cli } = this.#ours;
    for (let n = 0; n < 4; n += 1) await this.#start("held", { gate: cli.gate });
    const victim = await waitUntil(async () => {
      for (const worker of workers) {
        const text = await (await fetch(`http://${worker.target}/metrics`)).text();
        if (tasksAtWork(text) > 0) return worker;
      }
      throw new Error("no worker holds a task");
    }, patience);
    await victim.running.end("SIGKILL");
  }

  /** Waits for the next scrape of the exporter. */
  async #untilScraped(): Promise<void> {
    const scrapedAt = async (): Promise<number> =>
      (await this.prometheus.value("min(timestamp(millrace_workers_alive))")) || 0; // none yet
    const before = await scrapedAt();
    await waitUntil(async () => {
      if ((await scrapedAt()) <= before) throw new Error("Prometheus did not scrape the exporter");
    }, patience);
  }

  async #untilIdle(): Promise<void> {
    await waitUntil(async () => {
      const text = await this.exposition();
      const open = ["scheduled", "running", "paused"].flatMap((state) =>
        ["checkout", "nap", "late", "held"].map((flow) =>
          valueOf(text, "millrace_runs_active", { flow, state }),
        ),
      );
      const left = open.reduce((sum, count) => sum + count, 0);
      const lag = valueOf(text, "millrace_projection_lag_events");
      if (left > 0 || lag > 0) throw new Error(`${left} runs are open, projections are ${lag} behind`);
    }, patience);
    await this.#untilScraped();
    await this.#untilScraped(); // the first one may have begun before the last run ended
  }

  async end(): Promise<void> {
    const { prometheus, client, cli, server } = this.#ours;
    await prometheus.stop();
    await client.close();
    await cli.end();
    await server.stop();
  }
}

async function startWorker(cli: CliScene): Promise<Worker> {
  const port = String(await freePort());
  const running = await cli.worker(trafficFile, "-c", "4", "--metrics-port", port);
  return { running, target: `127.0.0.1:${port}` };
}

/** Gives host:port of its metrics. */
async function startExporter(cli: CliScene): Promise<string> {
  const port = String(await freePort());
  await cli.start(["metrics", "--port", port]).until(/Stop: Ctrl-C/);
  return `127.0.0.1:${port}`;
}

const tasksAtWork = (text: string): number =>
  valueOf(text, "millrace_worker_slots", { kind: "tasks", state: "used" });
