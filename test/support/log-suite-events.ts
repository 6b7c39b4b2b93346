import { randomUUID } from "node:crypto";
import type { CommitAnswer, Ownership, RunLog } from "../../src/engine/run-log.ts";
import type { Event } from "../../src/events/catalog.ts";
import { encodeValue } from "../../src/events/codec.ts";
import { RunBlocked, RunCompleted, RunCreated, RunUnblocked } from "../../src/events/run-events.ts";
import { TaskCompleted } from "../../src/events/task-events.ts";
import { TimerFired } from "../../src/events/timer-events.ts";
import { TurnTaken } from "../../src/events/turn-events.ts";

export const worker = "w1";
export const actor = "client:suite";
export const first: Ownership = { worker, epoch: 1 };

export function newRunId(): string {
  return `r${randomUUID()}`;
}

export function created(name = "brisk-otter"): Event {
  return RunCreated.make({
    flow: "orders",
    name,
    input: encodeValue({ day: 1 }),
    queue: "default",
    tags: [],
    root: null,
    createdAt: 1_700_000_000_000,
    source: null,
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  });
}

export function turn(n: number, epoch = 1): Event {
  return TurnTaken.make({ n, epoch, elapsedMs: 0, codeHash: "c0de", flags: [], delivered: [], done: false });
}

export function taskDone(key: string, output: unknown = null): Event {
  return TaskCompleted.make({ key, attempt: 1, output: encodeValue(output) });
}

export function timerFired(key: string): Event {
  return TimerFired.make({ key });
}

export function completed(): Event {
  return RunCompleted.make({ output: encodeValue(null), name: "Completed", message: null });
}

export function blocked(): Event {
  return RunBlocked.make({ code: "E_DIFFERENT_CALL", message: "another call", turn: 1, codeHash: "c0de" });
}

export function unblocked(): Event {
  return RunUnblocked.make({ reason: null });
}

/** A run that `w1` owns from the start; RunCreated stands at position 1. */
export async function createOwned(log: RunLog, run = newRunId()): Promise<string> {
  await log.create({ run, actor, events: [created()], owner: first, ends: false, dueInMs: null });
  return run;
}

/** A run that waits for somebody to claim it. */
export async function createWaiting(log: RunLog, run = newRunId()): Promise<string> {
  await log.create({ run, actor, events: [created()], owner: null, ends: false, dueInMs: null });
  return run;
}

interface Step {
  readonly events?: readonly Event[];
  readonly owner?: Ownership;
  readonly batch?: number;
  readonly seen?: number;
  readonly after?: "keep" | "park" | "block" | "end";
  readonly dueInMs?: number | null;
}

/** A commit by the owner: `w1` at epoch 1, batch 2, knowing position 1, unless told. */
export async function step(log: RunLog, run: string, options: Step = {}): Promise<CommitAnswer> {
  const { events = [], owner = first, batch = 2, seen = 1, after = "keep", dueInMs = null } = options;
  return log.commit({ run, actor: `worker:${owner.worker}`, events, owner, batch, seen, after, dueInMs });
}

interface FactOptions {
  readonly dedupeKey?: string;
  readonly seen?: number;
  readonly upTo?: number;
  readonly wakeInMs?: number | null;
  readonly unblock?: boolean;
}

/** A fact by anybody, not deduplicated unless told. */
export async function tell(
  log: RunLog,
  run: string,
  event: Event,
  options: FactOptions = {},
): Promise<CommitAnswer> {
  const { dedupeKey = "", seen = -1, upTo = 0, wakeInMs = null, unblock = false } = options;
  const asked = { seen, upTo, wakeInMs };
  return log.append({ run, actor, events: [event], dedupeKey, ...asked, attempt: null, unblock });
}

/** The types in a run's log, oldest first; fails when the positions are not 1, 2, 3, ... */
export async function typesOf(log: RunLog, run: string): Promise<readonly string[]> {
  const events = await log.readAfter(run, 0);
  for (const [index, { position }] of events.entries()) {
    if (position !== index + 1)
      throw new Error(`event ${position} of run ${run} stands in place ${index + 1}`);
  }
  return events.map(({ type }) => type);
}
