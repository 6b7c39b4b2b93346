import type { MillraceClient } from "../sdk/client.ts";
import type { Flow } from "../sdk/flow.ts";
import type { RunHandle, StartManyOptions, StartOptions } from "../sdk/run-handle.ts";
import { Client, type StartedRun } from "./client.ts";
import { ClientRun, toKnown } from "./client-run.ts";
import { systemClock } from "./clock.ts";
import { EndWatch } from "./end-watch.ts";
import { openStore, type Settings, settingsFromEnvironment } from "./settings.ts";
import { startMany } from "./start-many.ts";
import { startRun } from "./start-run.ts";

/** Where the log is; what is not given comes from the environment. */
export interface ConnectOptions {
  readonly url?: string; // of Redis; default: MILLRACE_REDIS_URL, else the embedded server
  readonly dir?: string; // of the embedded server, when there is no URL; default: MILLRACE_DIR
  readonly namespace?: string; // default: MILLRACE_NAMESPACE
}

/**
 * Connects to the log.
 * @throws EngineError REDIS_MISSING, REDIS_UNAVAILABLE, REDIS_UNFIT, REDIS_READ_ONLY
 */
export async function connect(options: ConnectOptions = {}): Promise<MillraceClient> {
  return new ConnectedClient(new Client(await openStore(settingsOf(options))));
}

/** A directory that is given means the embedded server in it, whatever the environment says. */
function settingsOf({ url, dir, namespace }: ConnectOptions): Settings {
  const settings = settingsFromEnvironment();
  return {
    ...settings,
    redisUrl: url ?? (dir === undefined ? settings.redisUrl : null),
    dir: dir ?? settings.dir,
    namespace: namespace ?? settings.namespace,
  };
}

/** The client that programs use, over the one that looks at runs. */
class ConnectedClient implements MillraceClient {
  readonly #client: Client;
  readonly #watch: EndWatch;

  constructor(client: Client) {
    this.#client = client;
    this.#watch = new EndWatch(client.store, systemClock);
  }

  async start<Result>(
    flow: Pick<Flow<readonly unknown[], Result>, "spec"> | string,
    input?: unknown,
    options?: StartOptions<never>,
  ): Promise<RunHandle<Result>> {
    const startable = typeof flow === "string" ? flow : flow.spec;
    return this.#toHandle(await startRun(this.#client, startable, input, options));
  }

  async startMany<Result>(
    flow: Pick<Flow<readonly unknown[], Result>, "spec"> | string,
    inputs: readonly unknown[],
    options?: StartManyOptions<never>,
  ): Promise<readonly RunHandle<Result>[]> {
    const startable = typeof flow === "string" ? flow : flow.spec;
    const started = await startMany(this.#client, startable, inputs, options);
    return started.map((each) => this.#toHandle<Result>(each));
  }

  async run<Result>(reference: string): Promise<RunHandle<Result>> {
    const { run, created } = await this.#client.find(reference);
    return this.#toHandle({ run, name: created.data.name, created, isNew: false });
  }

  async close(): Promise<void> {
    await this.#watch.close();
    await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #toHandle<Result>(started: StartedRun): RunHandle<Result> {
    return new ClientRun<Result>(toKnown(started), async (work) => work(this.#client, this.#watch));
  }
}
