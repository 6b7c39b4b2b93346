import { EngineError, isEngineError } from "../../base/errors.ts";
import { toError } from "../../base/recorded-error.ts";
import { holdOffice, leaveOffice } from "../../redis/election.ts";
import { operationOfficeKey } from "../../redis/keys.ts";
import {
  createOperation,
  type FoundOperation,
  type OperationRecord,
  readOperation,
  readOperationRuns,
  readOperations,
  writeOperation,
} from "../../redis/operations.ts";
import { cancelRun } from "../../workers/cancel-run.ts";
import type { Client } from "../../workers/client.ts";
import { pause } from "../../workers/pause.ts";
import { retryRun } from "../../workers/retry-run.ts";

const termMs = 5_000; // a server that is not heard of for so long is replaced
const lookMs = 1_000;
const atOnce = 20; // runs between two looks at whether it goes on
const keptFailures = 20;

/**
 * Carries out commands for many runs, one server at a time for each. Which runs is fixed at the begin, and how far it is
 * is written down after each few; a server that dies is replaced by another one, which goes on from there. The few that
 * were under way are commanded twice, which changes nothing: both commands are answered by the state of the run.
 */
export class OperationOffice {
  readonly #client: Client;
  readonly #onTrouble: (error: unknown) => void;
  readonly #stop = new AbortController();
  readonly #underWay = new Map<string, Promise<void>>();
  #looking: Promise<void> = Promise.resolve();

  constructor(client: Client, onTrouble: (error: unknown) => void) {
    this.#client = client;
    this.#onTrouble = onTrouble;
  }

  /** Looks after operations whose server is gone. */
  start(): void {
    this.#looking = this.#look();
  }

  /** Leaves what is under way to others. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  async begin(record: OperationRecord, runs: readonly string[]): Promise<void> {
    const { redis, namespace } = this.#client.store;
    await this.#hold(record.id);
    await createOperation(redis, namespace.name, record, runs);
    this.#carryOut(record);
  }

  async #look(): Promise<void> {
    const { redis, namespace } = this.#client.store;
    do {
      try {
        for (const found of await readOperations(redis, namespace.name)) await this.#takeOver(found);
      } catch (error) {
        this.#onTrouble(error);
      }
    } while (await pause(lookMs, this.#stop.signal));
  }

  async #takeOver({ record, isAttended }: FoundOperation): Promise<void> {
    const isOrphan = record.state === "running" && !isAttended && !this.#underWay.has(record.id);
    if (!isOrphan || !(await this.#hold(record.id))) return;
    this.#carryOut({ ...record, takenOver: record.takenOver + 1, updatedAt: Date.now() });
  }

  async #hold(id: string): Promise<boolean> {
    const { redis, namespace } = this.#client.store;
    return holdOffice(redis, {
      key: operationOfficeKey(namespace.name, id),
      worker: this.#client.id,
      termMs,
    });
  }

  #carryOut(record: OperationRecord): void {
    const { id } = record;
    const done = this.#work(record)
      .catch(this.#onTrouble)
      .finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, done);
  }

  async #work(begun: OperationRecord): Promise<void> {
    const { redis, namespace } = this.#client.store;
    const place = namespace.name;
    const client = this.#client.as(begun.actor);
    let record = begun;
    await writeOperation(redis, place, record);
    while (!this.#stop.signal.aborted && (await this.#hold(record.id))) {
      if ((await readOperation(redis, place, record.id))?.record.state !== "running") break; // somebody stopped it
      const from = record.carriedOut + record.skipped + record.failed;
      const runs = await readOperationRuns(redis, place, { id: record.id, from, count: atOnce });
      const outcomes = await Promise.all(runs.map(async (run) => command(client, record, run)));
      record = withOutcomes(record, outcomes);
      const isDone = runs.length < atOnce || from + runs.length >= record.total;
      if (isDone) record = { ...record, state: "done", endedAt: record.updatedAt };
      if ((await readOperation(redis, place, record.id))?.record.state === "stopped")
        record = { ...record, state: "stopped", endedAt: record.updatedAt };
      await writeOperation(redis, place, record);
      if (record.state !== "running") break;
    }
    await leaveOffice(redis, operationOfficeKey(place, record.id), this.#client.id);
  }
}

type Outcome =
  | { readonly how: "carriedOut" | "skipped" }
  | { readonly how: "failed"; readonly run: string; readonly code: string; readonly message: string };

async function command(client: Client, { action, reason }: OperationRecord, run: string): Promise<Outcome> {
  try {
    if (action === "cancel") await cancelRun(client, run, reason);
    else await retryRun(client, run, reason);
    return { how: "carriedOut" };
  } catch (error) {
    const isOver = isEngineError(error, "RUN_CLOSED") || isEngineError(error, "COMMAND_REFUSED");
    if (isOver || isEngineError(error, "RUN_NOT_FOUND")) return { how: "skipped" };
    const code = isEngineError(error) ? error.code : "SERVER_FAULT";
    return { how: "failed", run, code, message: toError(error).message };
  }
}

function withOutcomes(record: OperationRecord, outcomes: readonly Outcome[]): OperationRecord {
  const count = (how: Outcome["how"]): number => outcomes.filter((outcome) => outcome.how === how).length;
  const failures = outcomes.flatMap((outcome) =>
    outcome.how === "failed" ? [{ run: outcome.run, code: outcome.code, message: outcome.message }] : [],
  );
  return {
    ...record,
    carriedOut: record.carriedOut + count("carriedOut"),
    skipped: record.skipped + count("skipped"),
    failed: record.failed + count("failed"),
    failures: [...record.failures, ...failures].slice(0, keptFailures),
    updatedAt: Date.now(),
  };
}

export function operationUnknown(id: string): EngineError {
  return new EngineError(
    "OPERATION_UNKNOWN",
    `There is no operation "${id}". Those that ended are kept for a week.`,
    {
      id,
    },
  );
}
