import type { CommitAnswer } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { TaskStarted } from "../events/task-events.ts";
import { endKey, startKey } from "../redis/beats.ts";
import type { Host } from "./host.ts";
import { insist, type Patience, PatientLog } from "./patient-log.ts";
import { holderOf } from "./queued-attempt.ts";
import type { TaskHint } from "./run-ports.ts";

const graceMs = 10_000; // a retry whose hint got lost is found so much later

/** An attempt that has ended, or a result that stands for it. */
export interface Ended {
  readonly event: Event<"TaskCompleted" | "TaskFailed" | "TaskAttemptFailed" | "TaskReused">;
  readonly retryInMs: number | null; // null = no further attempt
}

/** What the log holds of attempts of queued tasks. What this process has begun is ended by nobody else: it waits. */
export class AttemptRecords {
  readonly #host: Host;
  readonly #patience: Patience;
  readonly #log: PatientLog;
  readonly #actor: string;

  constructor(host: Host, patience: Patience) {
    this.#host = host;
    this.#patience = patience;
    this.#log = new PatientLog(host.log, patience);
    this.#actor = `worker:${host.worker}`;
  }

  /** The answer begins with the event that called the task, if there is one. */
  begin(hint: TaskHint): Promise<CommitAnswer> {
    const { run, key, attempt, position, crashes, isTimed } = hint;
    const { worker } = this.#host;
    const mayBeOver = crashes > 0 || isTimed === true; // whoever was taken for dead may have ended it after all
    return this.#log.append({
      run,
      actor: this.#actor,
      events: [TaskStarted.make({ key, attempt, worker })],
      dedupeKey: startKey(key, attempt),
      seen: position - 1,
      ...(mayBeOver ? {} : { upTo: position }),
      unlessEnded: key,
      wakeInMs: null,
      attempt: { key, attempt, holder: JSON.stringify(holderOf(hint, worker)) },
      unblock: false,
    });
  }

  /**
   * An attempt that somebody began before is left to them, or to the sweeper. This process asks once for each attempt:
   * if it has the attempt already, the reply was lost and the driver asked again. One that has ended nobody has.
   */
  async isOurs({ status }: CommitAnswer, hint: TaskHint): Promise<boolean> {
    if (status !== "again") return status === "ok";
    const { beats, worker } = this.#host;
    return insist(async () => beats.isHeldBy(hint, hint.attempt, worker), this.#patience);
  }

  end({ run, key, attempt }: TaskHint, { event, retryInMs }: Ended): Promise<CommitAnswer> {
    return this.#log.append({
      run,
      actor: this.#actor,
      events: [event],
      dedupeKey: retryInMs === null ? endKey(key) : `try ${attempt} ${key}`,
      seen: -1,
      wakeInMs: retryInMs === null ? 0 : retryInMs + graceMs,
      attempt: { key, attempt, holder: null },
      unblock: false,
    });
  }

  /** The task has ended already: this attempt is not held any more. */
  async letGo({ run, key, attempt }: TaskHint): Promise<null> {
    const nothing = { events: [], dedupeKey: "", seen: -1, wakeInMs: null, unblock: false };
    await this.#log.append({ ...nothing, run, actor: this.#actor, attempt: { key, attempt, holder: null } });
    return null;
  }

  async isOver(hint: TaskHint): Promise<boolean> {
    return insist(async () => this.#host.beats.isOver(hint), this.#patience);
  }

  /** The worker stops: another one begins the same attempt, and nothing is recorded. */
  async giveBack(hint: TaskHint, details: Uint8Array | null): Promise<TaskHint | null> {
    const { beats, worker } = this.#host;
    const release = async (): Promise<boolean> => beats.release(hint, hint.attempt, { worker, details });
    const isReleased = await insist(release, this.#patience);
    return isReleased ? { ...hint, delayMs: 0, isAgain: true } : null;
  }
}
