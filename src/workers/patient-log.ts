import { errorTraits, isEngineError } from "../base/errors.ts";
import type { CommitAnswer, CreateRun, OwnerCommit, RunLog } from "../engine/run-log.ts";
import type { Clock } from "./clock.ts";

const firstWaitMs = 100;
const longestWaitMs = 5_000;

/** Commits that wait while the machine is unwell (Redis full, read-only, gone): the same batch, until it is answered. */
export class PatientLog {
  readonly #log: RunLog;
  readonly #clock: Clock;
  readonly #stop: AbortSignal;
  readonly #onTrouble: (error: unknown) => void;

  constructor(log: RunLog, clock: Clock, stop: AbortSignal, onTrouble: (error: unknown) => void) {
    this.#log = log;
    this.#clock = clock;
    this.#stop = stop;
    this.#onTrouble = onTrouble;
  }

  async create(create: CreateRun): Promise<CommitAnswer> {
    return this.#insist(async () => this.#log.create(create));
  }

  async commit(commit: OwnerCommit): Promise<CommitAnswer> {
    return this.#insist(async () => this.#log.commit(commit));
  }

  async #insist(write: () => Promise<CommitAnswer>): Promise<CommitAnswer> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
      try {
        return await write();
      } catch (error) {
        const canWait = isEngineError(error) && errorTraits[error.code].remedy === "later";
        if (!canWait || this.#stop.aborted) throw error;
        this.#onTrouble(error);
        await new Promise<void>((resolve) => {
          this.#clock.after(waitMs, resolve);
        });
      }
    }
  }
}
