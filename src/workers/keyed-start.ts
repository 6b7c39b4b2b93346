import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { decodeValue } from "../events/codec.ts";
import { isType } from "../events/envelope.ts";
import { readOpenRecords } from "../redis/held.ts";
import { noteSeries, readSeries } from "../redis/series.ts";
import type { SingletonMode } from "../sdk/run-handle.ts";
import { cancelRun } from "./cancel-run.ts";
import type { Client, StartedRun } from "./client.ts";
import type { NewRun } from "./create-run.ts";
import { runNotFound } from "./find-run.ts";
import { keyedId } from "./ids.ts";
import { isReservedKey, type Series, seriesName, seriesRunId, toSeriesKey } from "./keyed-runs.ts";

/**
 * Creates the run of an idempotency key, or finds it: open or ended, as long as it is kept. Its id follows from the
 * key, so that the script that creates runs decides who is first.
 * @throws EngineError OPTION_INVALID for the key, COMMAND_REFUSED when the key was used with another input
 */
export async function startOnce(client: Client, newRun: NewRun, key: string): Promise<StartedRun> {
  checkKey("idempotencyKey", key);
  const id = keyedId(newRun.flow, "key", key);
  const started = await client.start({ ...newRun, id, idempotencyKey: key, createdAt: client.instant() });
  if (started.isNew) return started;
  const found = await foundRun(client, id);
  const what = "The parameters";
  const [bytes] = await client.payloads.get(id, [found.created.data.input]);
  const before = bytes === undefined ? undefined : decodeValue(bytes, what);
  if (fingerprint(before, what) === fingerprint(newRun.input, what)) return found;
  throw new EngineError(
    "COMMAND_REFUSED",
    `The idempotency key ${JSON.stringify(key)} of flow ${newRun.flow} belongs to run '${found.name}' (${id}), which was ` +
      `started with another input. Nothing was started: give this input a key of its own.`,
    { run: id, flow: newRun.flow },
  );
}

/** @throws EngineError OPTION_INVALID */
export function checkKey(option: string, key: string): void {
  if (key !== "" && key.length <= 256 && !isReservedKey(key)) return;
  throw new EngineError(
    "OPTION_INVALID",
    `${option} must have 1 to 256 characters and not begin with "singleton:" or "debounce:", and is ${JSON.stringify(key)}.`,
    { option },
  );
}

async function foundRun(client: Client, run: string): Promise<StartedRun> {
  const created = await client.log.readEvent(run, 1);
  if (created === null || !isType(created, "RunCreated")) throw runNotFound(run);
  return { run, name: created.data.name, created, isNew: false };
}

/** How far a series is; the newest run that is known, and the way to the next one. */
export class SeriesWalk {
  readonly #client: Client;
  readonly #series: Series;
  #n: number;

  private constructor(client: Client, series: Series, n: number) {
    this.#client = client;
    this.#series = series;
    this.#n = n;
  }

  static async open(client: Client, series: Series): Promise<SeriesWalk> {
    const { redis, namespace } = client.store;
    return new SeriesWalk(client, series, await readSeries(redis, namespace, seriesName(series)));
  }

  /** The newest run that is known, if it has not ended; null = there is none. */
  async openRun(): Promise<string | null> {
    return this.#n > 0 && (await this.#isOpen(this.#n)) ? seriesRunId(this.#series, this.#n) : null;
  }

  /** Creates the run that follows the newest known one; null = somebody else did, and that one is known now. */
  async append(newRun: NewRun, replaces: boolean): Promise<StartedRun | null> {
    const n = this.#n + 1;
    const started = await this.#client.start({
      ...newRun,
      id: seriesRunId(this.#series, n),
      idempotencyKey: toSeriesKey({ series: this.#series, n, replaces }),
      createdAt: this.#client.instant(),
    });
    this.#n = n;
    if (!started.isNew) return null;
    const { redis, namespace } = this.#client.store;
    await noteSeries(redis, namespace, { series: seriesName(this.#series), n });
    return started;
  }

  /** The open runs before the newest one, newest first. */
  async *openBefore(): AsyncGenerator<string, void, void> {
    for (let n = this.#n - 1; n > 0 && (await this.#isOpen(n)); n -= 1) yield seriesRunId(this.#series, n);
  }

  async #isOpen(n: number): Promise<boolean> {
    const { redis, namespace } = this.#client.store;
    return (await readOpenRecords(redis, namespace, [seriesRunId(this.#series, n)])).size > 0;
  }
}

/** Starts a run of which only one of its key may be under way: see `SingletonMode`. */
export async function startSingle(
  client: Client,
  newRun: NewRun,
  { mode, key }: { readonly mode: SingletonMode; readonly key: string },
): Promise<StartedRun> {
  const walk = await SeriesWalk.open(client, { flow: newRun.flow, kind: "singleton", key });
  for (;;) {
    const open = mode === "skip" ? await walk.openRun() : null;
    if (open !== null) return foundRun(client, open);
    const started = await walk.append(newRun, mode === "cancel-running");
    if (started === null) continue;
    if (mode === "cancel-running") {
      const reason = `Replaced by run ${started.run}`;
      for await (const before of walk.openBefore()) await cancelRun(client, before, reason);
    }
    return started;
  }
}
