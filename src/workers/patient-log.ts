import { errorTraits, isEngineError } from "../base/errors.ts";
import type {
  AppendFact,
  CommitAnswer,
  CreateRun,
  OwnerCommit,
  PayloadStore,
  RunLog,
} from "../engine/run-log.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Clock } from "./clock.ts";

const firstWaitMs = 100;
const longestWaitMs = 5_000;

/** How to wait while the machine is unwell (Redis full, read-only, gone). */
export interface Patience {
  readonly clock: Clock;
  readonly stop: AbortSignal; // nobody needs the answer any more
  readonly onTrouble: (error: unknown) => void;
}

/** Asks again, ever more slowly, until there is an answer that another try would not change. */
export async function insist<T>(ask: () => Promise<T>, { clock, stop, onTrouble }: Patience): Promise<T> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    try {
      return await ask();
    } catch (error) {
      const canWait = isEngineError(error) && errorTraits[error.code].remedy === "later";
      if (!canWait || stop.aborted) throw error;
      onTrouble(error);
      await new Promise<void>((resolve) => {
        clock.after(waitMs, resolve);
      });
    }
  }
}

/** A log that waits while the machine is unwell: the same batch, until it is answered. */
export class PatientLog {
  readonly #log: RunLog;
  readonly #patience: Patience;

  constructor(log: RunLog, patience: Patience) {
    this.#log = log;
    this.#patience = patience;
  }

  async create(create: CreateRun): Promise<CommitAnswer> {
    return insist(async () => this.#log.create(create), this.#patience);
  }

  async commit(commit: OwnerCommit): Promise<CommitAnswer> {
    return insist(async () => this.#log.commit(commit), this.#patience);
  }

  async append(fact: AppendFact): Promise<CommitAnswer> {
    return insist(async () => this.#log.append(fact), this.#patience);
  }

  async readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    return insist(async () => this.#log.readAfter(run, seen), this.#patience);
  }
}

/** A payload store that waits: what a task returned must not get lost because Redis was full for a moment. */
export function patientPayloads(store: PayloadStore, patience: Patience): PayloadStore {
  return {
    put: async (run, bytes, what) => insist(async () => store.put(run, bytes, what), patience),
    get: async (run, payloads) => insist(async () => store.get(run, payloads), patience),
  };
}
