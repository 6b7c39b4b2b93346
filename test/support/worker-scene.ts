import { randomUUID } from "node:crypto";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { Client } from "../../src/workers/client.ts";
import { Host } from "../../src/workers/host.ts";
import { openStore, type Settings } from "../../src/workers/settings.ts";
import { defaultWorkerOptions, Worker, type WorkerOptions } from "../../src/workers/worker.ts";
import { waitUntil } from "./wait-until.ts";

const endings = new Set(["RunCompleted", "RunFailed", "RunCancelled", "RunCrashed"]);

/** Workers of this process, each with connections of its own, in a namespace of the test. */
export class WorkerScene {
  readonly client: Client;
  readonly troubles: unknown[] = [];
  readonly #settings: Settings;
  readonly #closing: (() => Promise<unknown>)[] = [];

  private constructor(client: Client, settings: Settings) {
    this.client = client;
    this.#settings = settings;
  }

  static async open(redisUrl: string): Promise<WorkerScene> {
    const settings: Settings = {
      redisUrl,
      dir: "",
      durability: "everysec",
      namespace: `workers-${randomUUID().slice(0, 8)}`,
      shards: 2,
      payloadLimitBytes: 1024 * 1024,
      runLogs: false,
    };
    return new WorkerScene(new Client(await openStore(settings)), settings);
  }

  get namespace(): string {
    return this.#settings.namespace;
  }

  async worker(
    flows: readonly string[],
    options: Partial<WorkerOptions> = {},
  ): Promise<{ readonly host: Host; readonly worker: Worker }> {
    const store = await openStore(this.#settings);
    const { redis, address, namespace, settings } = store;
    const host = new Host({
      redis,
      address,
      namespace,
      payloadLimitBytes: settings.payloadLimitBytes,
      queues: options.queues ?? [],
      flows,
      isLocal: false,
      display: {
        observe: () => undefined,
        write: () => undefined,
        trouble: (error) => this.troubles.push(error),
      },
    });
    const worker = new Worker(host, {
      ...defaultWorkerOptions,
      graceMs: 2_000,
      queues: [],
      ...options,
      flows,
    });
    this.#closing.push(async () => {
      await worker.stop();
      await host.close();
      await store.close();
    });
    await host.open();
    await worker.start();
    return { host, worker };
  }

  async start(flow: string, input?: unknown, queue = "default"): Promise<string> {
    const { run } = await this.client.start({ flow, input, queue, tags: [], name: null, source: null });
    return run;
  }

  /** The last event of a run, once it has ended. */
  async end(run: string, timeoutMs = 30_000): Promise<RecordedEvent> {
    return waitUntil(
      async () => {
        const last = (await this.client.events(run)).at(-1);
        if (last === undefined || !endings.has(last.type)) throw new Error(`run ${run}: ${last?.type}`);
        return last;
      },
      { timeoutMs },
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map(async (close) => close()));
    await this.client.close();
  }
}
