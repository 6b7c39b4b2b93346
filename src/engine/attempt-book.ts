import { isType, type RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";

/** What is known of the attempts of a task that has not ended. */
export interface PastAttempts {
  readonly last: number; // the newest attempt that failed or crashed
  readonly retryAt: number; // epoch ms; not before then; 0 = at once
  readonly crashes: number; // attempts whose worker died
  readonly heartbeat: { readonly position: number; readonly details: Payload } | null; // the newest one; null = none
}

/** Of a task whose first attempt is to come, or under way. */
export const noAttempts: PastAttempts = { last: 0, retryAt: 0, crashes: 0, heartbeat: null };

/**
 * Counts attempts from the log. An attempt of a queued task that dies has an event of its own. One that runs in the
 * owner's process has none: it was under way when the owner was lost, and so it died with it.
 */
export class AttemptBook {
  readonly #past = new Map<string, PastAttempts>();
  readonly #inline = new Set<string>(); // tasks of the owner's process that have not ended
  readonly #limited = new Set<string>(); // those with limits: each attempt waits for slots, and says when it begins
  readonly #inLine = new Set<string>(); // those of them that wait

  add(event: RecordedEvent): void {
    if (isType(event, "TaskScheduled")) {
      if (event.data.queue === null) this.#schedule(event.data);
    } else if (isOver(event)) this.#inline.delete(event.data.key);
    else if (isType(event, "TaskStarted")) this.#inLine.delete(event.data.key);
    else if (isType(event, "TaskAttemptFailed") || isType(event, "TaskCrashed")) {
      this.#past.set(event.data.key, afterAttempt(this.#past.get(event.data.key), event));
      this.#lineUp(event.data.key);
    } else if (isType(event, "OwnerLost")) this.#lose(event.recordedAt);
    else if (isType(event, "RunAttemptFailed") || isType(event, "RunReopened")) this.#inline.clear();
  }

  /** By key; only tasks with an attempt that failed or crashed. */
  get past(): ReadonlyMap<string, PastAttempts> {
    return this.#past;
  }

  /** Keys of tasks in the owner's process that have begun and not ended. */
  get underWay(): readonly string[] {
    return [...this.#inline].filter((key) => !this.#inLine.has(key));
  }

  #schedule({ key, rules }: RecordedEvent<"TaskScheduled">["data"]): void {
    this.#inline.add(key);
    if (rules === null || rules.limits.length === 0) return;
    this.#limited.add(key);
    this.#inLine.add(key);
  }

  #lineUp(key: string): void {
    if (this.#limited.has(key)) this.#inLine.add(key);
  }

  /** What waited, for its next attempt or for its limits, did not run, and did not die. */
  #lose(at: number): void {
    for (const key of this.#inline) {
      const past = this.#past.get(key) ?? noAttempts;
      if (past.retryAt > at || this.#inLine.has(key)) continue;
      this.#past.set(key, { ...past, last: past.last + 1, retryAt: 0, crashes: past.crashes + 1 });
      this.#lineUp(key);
    }
  }
}

function isOver(
  event: RecordedEvent,
): event is RecordedEvent<"TaskCompleted" | "TaskFailed" | "TaskReused" | "CallCancelled"> {
  const { type } = event;
  return (
    type === "TaskCompleted" || type === "TaskFailed" || type === "TaskReused" || type === "CallCancelled"
  );
}

/** Adds a failed or crashed attempt to what is known of its task. */
export function afterAttempt(
  past: PastAttempts = noAttempts,
  event: RecordedEvent<"TaskAttemptFailed" | "TaskCrashed">,
): PastAttempts {
  const { attempt, heartbeat: details } = event.data;
  const heartbeat = details === null ? past.heartbeat : { position: event.position, details };
  if (event.type === "TaskCrashed")
    return { last: attempt, retryAt: 0, crashes: past.crashes + 1, heartbeat };
  return { last: attempt, retryAt: event.data.retryAt, crashes: past.crashes, heartbeat };
}
