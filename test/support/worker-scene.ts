import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { isType, type RecordedEvent } from "../../src/events/envelope.ts";
import { Client } from "../../src/workers/client.ts";
import { Host } from "../../src/workers/host.ts";
import type { Display } from "../../src/workers/host-options.ts";
import { endOf } from "../../src/workers/recorded-values.ts";
import { openStore, settingsFromEnvironment } from "../../src/workers/settings.ts";
import { defaultWorkerOptions, Worker, type WorkerOptions } from "../../src/workers/worker.ts";
import { waitUntil } from "./wait-until.ts";

/** A worker in the process of the test. */
export interface SceneWorker {
  readonly host: Host;
  /** As at SIGTERM. */
  readonly stop: () => Promise<boolean>;
}

const endings = new Set(["RunCompleted", "RunFailed", "RunCancelled", "RunCrashed"]);

/** A namespace of its own, a client, and workers that live in this process. */
export class WorkerScene {
  readonly client: Client;
  readonly troubles: unknown[] = []; // of its workers
  readonly #workers: SceneWorker[] = [];

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(redisUrl = inject("redisUrl")): Promise<WorkerScene> {
    const settings = { ...settingsFromEnvironment(), redisUrl, namespace: randomUUID(), shards: 2 };
    return new WorkerScene(new Client(await openStore(settings)));
  }

  async worker(flows: readonly string[], options: Partial<WorkerOptions> = {}): Promise<SceneWorker> {
    const store = await openStore(this.client.store.settings);
    const { redis, address, namespace, settings } = store;
    const queues = options.queues ?? ["default"];
    const { payloadLimitBytes } = settings;
    const display: Display = {
      observe: () => undefined,
      write: () => undefined,
      note: () => undefined,
      trouble: (error) => this.troubles.push(error),
    };
    const of = {
      redis,
      address,
      namespace,
      payloadLimitBytes,
      queues,
      flows,
      isLocal: false,
      display,
    };
    const host = new Host(of);
    const worker = new Worker(host, { ...defaultWorkerOptions, ...options, queues, flows });
    await host.open();
    await worker.start();
    let stopped: Promise<boolean> | null = null;
    const stop = async (): Promise<boolean> => {
      const isClean = await worker.stop();
      await host.close();
      await store.close();
      return isClean;
    };
    const made = { host, stop: async () => (stopped ??= stop()) };
    this.#workers.push(made);
    return made;
  }

  async start(flow: string, input?: unknown): Promise<string> {
    const newRun = { flow, input, queue: "default", tags: [], name: null, source: null };
    return (await this.client.start(newRun)).run;
  }

  async events(run: string): Promise<readonly RecordedEvent[]> {
    return this.client.events(run);
  }

  async until<T>(
    run: string,
    check: (events: readonly RecordedEvent[]) => T,
    timeoutMs = 30_000,
  ): Promise<T> {
    return waitUntil(async () => check(await this.events(run)), { timeoutMs, intervalMs: 20 });
  }

  /** The event of a type, as soon as it is there. */
  async event<Type extends RecordedEvent["type"]>(run: string, type: Type) {
    return this.until(run, (events) => {
      const found = events.flatMap((event) => (isType(event, type) ? [event] : [])).at(0);
      if (found === undefined) throw new Error(`No ${type}: ${events.map((event) => event.type).join(" ")}`);
      return found;
    });
  }

  /** The last event of a run, once it has ended. */
  async ending(run: string): Promise<RecordedEvent> {
    return this.until(run, (events) => {
      const last = events.at(-1);
      if (last === undefined || !endings.has(last.type)) throw new Error(`Run ${run}: ${last?.type}`);
      return last;
    });
  }

  /** What the flow returned. */
  async result(run: string): Promise<unknown> {
    const end = await endOf(await this.event(run, "RunCompleted"), run, this.client);
    return end.output;
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(async ({ stop }) => stop()));
    await this.client.close();
  }
}
