import { isType } from "../events/envelope.ts";
import type { Namespace } from "../redis/keys.ts";
import { readEvent } from "../redis/read-run.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { RunHint } from "./hint-jobs.ts";

interface Known extends RunInfo {
  readonly queue: string;
}

const keepAtMost = 1_000;

/** Names of runs by id, from their first events; remembers the newest ones. */
export class RunInfos {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  readonly #known = new Map<string, Known>();

  constructor(redis: RedisConnection, namespace: Namespace) {
    this.#redis = redis;
    this.#namespace = namespace;
  }

  /** null = there is no such run. */
  async find(run: string): Promise<RunInfo | null> {
    return this.#read(run);
  }

  /** The same at once, if it was asked for before; undefined = perhaps there is one. */
  known(run: string): RunInfo | undefined {
    return this.#known.get(run);
  }

  /** What its queue is told when somebody is to look after a run; null = there is no such run. */
  async hintFor(run: string, cause: string): Promise<RunHint | null> {
    const known = await this.#read(run);
    return known === null ? null : { run, flow: known.flow, queue: known.queue, cause };
  }

  async #read(run: string): Promise<Known | null> {
    const known = this.#known.get(run);
    if (known !== undefined) return known;
    const first = await readEvent(this.#redis, this.#namespace, { run, position: 1 });
    if (first === null || !isType(first, "RunCreated")) return null;
    const { name, flow, tags, queue, traceparent } = first.data;
    const info = { id: run, name, flow, tags, queue, traceparent };
    if (this.#known.size >= keepAtMost) this.#known.delete(this.#known.keys().next().value ?? "");
    this.#known.set(run, info);
    return info;
  }
}
