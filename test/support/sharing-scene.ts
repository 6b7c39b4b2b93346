import { randomUUID } from "node:crypto";
import { toError } from "../../src/base/recorded-error.ts";
import type { FinalState } from "../../src/engine/final-state.ts";
import type { FlowSpec } from "../../src/engine/specs.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { Client } from "../../src/workers/client.ts";
import { Host } from "../../src/workers/host.ts";
import { ownNewRun } from "../../src/workers/own-run.ts";
import { defaultLimits } from "../../src/workers/run-ports.ts";
import { openStore, type Store, settingsFromEnvironment } from "../../src/workers/settings.ts";
import { defaultWorkerOptions, Worker } from "../../src/workers/worker.ts";

/** One end of a run. */
export interface EndedRun {
  readonly run: string;
  readonly state: FinalState;
}

/** Owners and workers in this process, on a namespace of their own. */
export class SharingScene {
  readonly namespace: string;
  readonly client: Client;
  readonly lines: string[] = []; // what the code of runs said
  readonly troubles: Error[] = [];
  readonly #redisUrl: string;
  readonly #open: (() => Promise<void>)[] = [];

  private constructor(redisUrl: string, namespace: string, client: Client) {
    this.#redisUrl = redisUrl;
    this.namespace = namespace;
    this.client = client;
  }

  static async open(redisUrl: string): Promise<SharingScene> {
    const namespace = `share-${randomUUID().slice(0, 8)}`;
    const client = new Client(await storeOf(redisUrl, namespace));
    return new SharingScene(redisUrl, namespace, client);
  }

  /** A process of its own, as far as Redis can tell. */
  async host(flows: readonly FlowSpec[] = []): Promise<Host> {
    const store = await storeOf(this.#redisUrl, this.namespace);
    const host = new Host({
      redis: store.redis,
      address: store.address,
      namespace: store.namespace,
      payloadLimitBytes: store.settings.payloadLimitBytes,
      queues: ["default"],
      flows: flows.map(({ name }) => name),
      isLocal: flows.length === 0,
      display: {
        observe: () => undefined,
        note: () => undefined,
        write: (_run, { message, fields }) => this.lines.push(`${message} ${JSON.stringify(fields)}`),
        trouble: (error) => this.troubles.push(toError(error)),
      },
    });
    await host.open();
    this.#open.push(async () => {
      await host.close();
      await store.close();
    });
    return host;
  }

  /** A worker that takes runs and tasks of these flows. */
  async worker(...flows: readonly { readonly spec: FlowSpec }[]): Promise<Host> {
    const specs = flows.map(({ spec }) => spec);
    const host = await this.host(specs);
    const worker = new Worker(host, {
      ...defaultWorkerOptions,
      queues: ["default"],
      flows: specs.map(({ name }) => name),
      graceMs: 1_000,
    });
    await worker.start();
    this.#open.push(async () => void (await worker.stop()));
    return host;
  }

  /** Runs a flow in the process of a host, to its end. */
  async run(host: Host, { spec }: { readonly spec: FlowSpec }, input?: unknown): Promise<EndedRun> {
    let run = "";
    const about = { flow: spec.name, input, queue: spec.queue, tags: [], name: null, source: null };
    const limits = { ...defaultLimits, parkAfterMs: null };
    const leave = await ownNewRun(host, spec, { ...about, limits, onCreated: (id) => (run = id) });
    if (leave.how !== "ended") throw new Error(`The run ended ${leave.how}.`, { cause: leave });
    await host.cache.settled();
    return { run, state: leave.state };
  }

  /** Runs a flow and gives its result. */
  async result(host: Host, flow: { readonly spec: FlowSpec }, input?: unknown): Promise<unknown> {
    const { state } = await this.run(host, flow, input);
    if (state.error !== null) throw state.error;
    return state.output;
  }

  async events(run: string): Promise<readonly RecordedEvent[]> {
    return this.client.log.readAfter(run, 0);
  }

  /** Keys of the namespace that hold shared results. */
  async cacheKeys(): Promise<readonly string[]> {
    const keys = await this.client.store.redis.keys(`mr:{${this.namespace}:*`);
    return keys.filter((key) => /:(?:cache|cached|making):/.test(key));
  }

  async end(): Promise<void> {
    for (const close of this.#open.toReversed()) await close();
    await this.client.close();
  }
}

async function storeOf(redisUrl: string, namespace: string): Promise<Store> {
  return openStore({ ...settingsFromEnvironment(), redisUrl, namespace, shards: 3 });
}
