import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shardOf } from "../../src/base/ids.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { shardKeys } from "../../src/redis/keys.ts";
import { readRun } from "../../src/redis/read-run.ts";
import { Client } from "../../src/workers/client.ts";
import { openStore } from "../../src/workers/settings.ts";
import type { WorkerOptions } from "../../src/workers/worker.ts";
import { type Effect, readEffects } from "./chaos-effects.ts";
import { type ChaosWorker, type Environment, startWorker } from "./chaos-workers.ts";
import { startServer, type TestServer } from "./redis-server.ts";
import { waitUntil } from "./wait-until.ts";

export interface SceneOptions {
  readonly appendfsync?: "everysec" | "always";
  readonly shards?: number;
  readonly limits?: Partial<WorkerOptions["limits"]>;
  readonly flows?: readonly string[]; // that its workers serve; default: all but the families
}

const limits: WorkerOptions["limits"] = {
  parkAfterMs: 400,
  recheckMs: 3_000,
  foreignMs: 5_000,
  maxCrashes: 1_000,
};

/** A private Redis, a client, and the workers of one test; whatever it starts is ended by pid. */
export class ChaosScene {
  readonly server: TestServer;
  readonly client: Client;
  readonly home = mkdtempSync(join(tmpdir(), "millrace-chaos-"));
  readonly workers: ChaosWorker[] = [];
  readonly #usual: Partial<WorkerOptions>;
  readonly #env: Environment;

  constructor(server: TestServer, client: Client, { limits: changes = {}, flows }: SceneOptions) {
    this.server = server;
    this.client = client;
    this.#usual = { limits: { ...limits, ...changes }, ...(flows === undefined ? {} : { flows }) };
    this.#env = {
      MILLRACE_REDIS_URL: server.url,
      MILLRACE_NAMESPACE: client.store.namespace.name,
      CHAOS_DIRECT_URL: server.url,
      CHAOS_EFFECTS: this.effectsFile,
      CHAOS_TROUBLES: join(this.home, "troubles"),
    };
  }

  get effectsFile(): string {
    return join(this.home, "effects");
  }

  get env(): Environment {
    return this.#env;
  }

  async worker(options: Partial<WorkerOptions> = {}, env: Environment = {}): Promise<ChaosWorker> {
    const worker = await startWorker({ ...this.#usual, ...options }, { ...this.#env, ...env });
    this.workers.push(worker);
    return worker;
  }

  /** Creates a run of a flow of the fixtures. */
  async start(flow: string, input: unknown, queue = "default"): Promise<string> {
    const newRun = { flow, input, queue, tags: [], name: null, source: null };
    return (await this.client.start(newRun)).run;
  }

  async startMany(flow: string, inputs: readonly unknown[]): Promise<readonly string[]> {
    return Promise.all(inputs.map(async (input) => this.start(flow, input)));
  }

  async events(run: string): Promise<readonly RecordedEvent[]> {
    const { redis, namespace } = this.client.store;
    return readRun(redis, namespace, { run, after: 0 });
  }

  /** Runs that have not ended. */
  async openRuns(): Promise<readonly string[]> {
    const { redis, namespace } = this.client.store;
    const shards = Array.from({ length: namespace.shards }, (_, shard) => shardKeys(namespace, shard).open);
    return (await Promise.all(shards.map(async (key) => redis.hkeys(key)))).flat();
  }

  /** The worker that owns a run; "" = nobody. */
  async ownerOf(run: string): Promise<string> {
    const { redis, namespace } = this.client.store;
    const record = await redis.hget(shardKeys(namespace, shardOf(run, namespace.shards)).open, run);
    return record?.split(":")[3] ?? "";
  }

  /** The worker of each run that somebody owns. */
  async owners(): Promise<readonly string[]> {
    const { redis, namespace } = this.client.store;
    const shards = Array.from({ length: namespace.shards }, (_, shard) => shardKeys(namespace, shard).open);
    const records = (await Promise.all(shards.map(async (key) => redis.hvals(key)))).flat();
    return records.map((record) => record.split(":")[3] ?? "").filter((owner) => owner !== "");
  }

  async ownedCount(): Promise<number> {
    return (await this.owners()).length;
  }

  async untilAllEnded(timeoutMs: number): Promise<void> {
    await until(timeoutMs, async () => {
      const open = await this.openRuns();
      if (open.length > 0) throw new Error(await this.#describeOpen(open));
    });
  }

  async #describeOpen(open: readonly string[]): Promise<string> {
    const [run = ""] = open;
    const events = (await this.events(run)).slice(-12);
    const lines = events.map(
      ({ position, type, actor, data }) => `${position} ${type} ${actor} ${JSON.stringify(data)}`,
    );
    const owner = await this.ownerOf(run);
    const text = `${open.length} runs have not ended, as ${run}, owned by "${owner}":`;
    return [text, ...lines.map((line) => line.slice(0, 200)), this.troubles()].join("\n");
  }

  effects(): readonly Effect[] {
    return readEffects(this.effectsFile);
  }

  async untilEffect(timeoutMs: number, isIt: (effect: Effect) => boolean): Promise<Effect> {
    return until(timeoutMs, async () => {
      const found = this.effects().find(isIt);
      if (found === undefined) throw new Error(`No such effect.\n${this.troubles()}`);
      return found;
    });
  }

  /** Waits until `count` more attempts have begun, or nothing is left to do. */
  async untilMoreEffects(count: number, timeoutMs = 30_000): Promise<void> {
    const begun = (): number => this.effects().filter(({ phase }) => phase === "start").length;
    const before = begun();
    await until(timeoutMs, async () => {
      const isIdle = begun() < before + count && (await this.openRuns()).length > 0;
      if (isIdle) throw new Error(`There were fewer than ${count} effects.\n${this.troubles()}`);
    });
  }

  /** What workers complained about; for messages. */
  troubles(): string {
    try {
      return readFileSync(join(this.home, "troubles"), "utf8").slice(-3_000);
    } catch {
      return "no troubles";
    }
  }

  /** Prints what was found when CHAOS_VERBOSE is set: to see how much chaos there was. */
  report(findings: object): void {
    if (process.env["CHAOS_VERBOSE"] !== undefined) process.stderr.write(`${JSON.stringify(findings)}\n`);
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.map(async (worker) => worker.kill()));
    await this.client.close();
    await this.server.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export async function openScene(options: SceneOptions = {}): Promise<ChaosScene> {
  const { appendfsync = "everysec", shards = 3 } = options;
  const server = await startServer({ settings: { appendfsync } });
  const store = await openStore({
    redisUrl: server.url,
    dir: "",
    durability: "everysec",
    namespace: "chaos",
    shards,
    payloadLimitBytes: 32 * 1024 * 1024,
    runLogs: true,
  });
  return new ChaosScene(server, new Client(store), options);
}

/** A scene of its own, for tests that run side by side. */
export async function inScene(
  options: SceneOptions,
  act: (scene: ChaosScene) => Promise<void>,
): Promise<void> {
  const scene = await openScene(options);
  try {
    await act(scene);
  } finally {
    await scene.end();
  }
}

/** Asks again and again until `check` throws no more; gives what it gave. */
export async function until<T>(timeoutMs: number, check: () => Promise<T>): Promise<T> {
  return waitUntil(check, { timeoutMs });
}
