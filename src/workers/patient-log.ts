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
import type { Payload } from "../events/fields.ts";
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
export function insist<T>(ask: () => Promise<T>, patience: Patience): Promise<T> {
  return ask().catch(async (error: unknown) => askAgain(error, ask, patience));
}

async function askAgain<T>(
  first: unknown,
  ask: () => Promise<T>,
  { clock, stop, onTrouble }: Patience,
): Promise<T> {
  let error = first;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    const canWait = isEngineError(error) && errorTraits[error.code].remedy === "later";
    if (!canWait || stop.aborted) throw error;
    onTrouble(error);
    await new Promise<void>((resolve) => {
      clock.after(waitMs, resolve);
    });
    try {
      return await ask();
    } catch (again) {
      error = again;
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

  create(create: CreateRun): Promise<CommitAnswer> {
    return insist(() => this.#log.create(create), this.#patience);
  }

  commit(commit: OwnerCommit): Promise<CommitAnswer> {
    return insist(() => this.#log.commit(commit), this.#patience);
  }

  append(fact: AppendFact): Promise<CommitAnswer> {
    return insist(() => this.#log.append(fact), this.#patience);
  }

  readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    return insist(() => this.#log.readAfter(run, seen), this.#patience);
  }
}

/** A payload store that waits: what a task returned must not get lost because Redis was full for a moment. */
export function patientPayloads(store: PayloadStore, patience: Patience): PayloadStore {
  return {
    put: (run, bytes, what, plan) => {
      const first = store.put(run, bytes, what, plan);
      if (!(first instanceof Promise)) return first;
      const ask = async (): Promise<Payload> => store.put(run, bytes, what, plan);
      return first.catch(async (error: unknown) => askAgain(error, ask, patience));
    },
    get: async (run, payloads) => insist(async () => store.get(run, payloads), patience),
  };
}
