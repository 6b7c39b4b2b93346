import { recordError } from "../base/recorded-error.ts";
import type { Event } from "../events/catalog.ts";
import { TaskAttemptFailed, TaskFailed } from "../events/task-events.ts";
import { endKey } from "../redis/beats.ts";
import type { HeldAttempt } from "../redis/held.ts";
import { leaseRenewMs, leaseTtlMs, readLeaseMs } from "../redis/roster.ts";
import type { Host } from "./host.ts";
import { nextHint } from "./task-hint.ts";
import { heartbeatTimedOut } from "./time-limits.ts";

const graceMs = 10_000; // a hint that gets lost is found so much later

interface Ending {
  readonly event: Event<"TaskFailed" | "TaskAttemptFailed" | "TaskCrashed">;
  readonly retryInMs: number; // unless the event ends the task
}

/**
 * Records how an attempt ended whose worker does not, and hints the next one. Whoever was first is believed.
 * @returns whether the task has ended with it and nobody owns the run: it is to be hinted
 */
export async function endAttempt(host: Host, held: HeldAttempt, ending: Ending): Promise<boolean> {
  const { log, worker, queues } = host;
  const { run, key, attempt } = held;
  const { event, retryInMs } = ending;
  const isEnd = event.type === "TaskFailed";
  const { status, owner, position } = await log.append({
    run,
    actor: `sweeper:${worker}`,
    events: [event],
    dedupeKey: isEnd ? endKey(key) : `try ${attempt} ${key}`,
    seen: -1,
    wakeInMs: isEnd ? 0 : retryInMs + graceMs,
    attempt: { key, attempt, holder: null },
    unblock: false,
  });
  if (status !== "ok") return false; // it had ended before
  if (event.type === "TaskFailed") await tellOfFailure(host, held, event);
  if (isEnd) return owner === "";
  const { beat: _, worker: __, ...hint } = held;
  await queues.hintTasks([nextHint({ ...hint, delayMs: 0 }, event, { position, delayMs: retryInMs })]);
  return false;
}

/** The process that had the attempt cannot: hooks of the task are called here. */
async function tellOfFailure(host: Host, held: HeldAttempt, event: Event<"TaskFailed">): Promise<void> {
  const info = await host.infos.find(held.run);
  if (info !== null) host.hooks.taskCrashed(held.task, info, event);
}

/** Details of the newest heartbeat of an attempt; null = it had none. */
export function detailsOf({ beat }: HeldAttempt): Uint8Array | null {
  const details = beat?.details ?? null;
  return details === null ? null : Buffer.from(details, "base64");
}

/**
 * Fails the attempts of a shard that gave no heartbeat in time although their workers seem alive: a process that hangs
 * while its lease is renewed. Forgets details that nobody needs any more.
 * @returns attempts that ended their task, of runs that nobody owns
 */
export async function failOverdue(host: Host, shard: number): Promise<readonly HeldAttempt[]> {
  const ended: HeldAttempt[] = [];
  for (const overdue of await host.beats.takeOverdue(shard)) {
    if (overdue.kind === "held") {
      if (await failLate(host, overdue.held)) ended.push(overdue.held);
    } else if (await host.beats.isOver(overdue.place)) await host.beats.forget(overdue.place);
    else await host.beats.keepOn(overdue.place);
  }
  return ended;
}

const renewLateMs = 400; // by which a lease may be renewed later than it should

/** A dead worker keeps its lease for some seconds, but does not renew it. */
async function isSurelyAlive({ redis, namespace }: Host, worker: string): Promise<boolean> {
  const leftMs = await readLeaseMs(redis, namespace.name, worker);
  return leaseTtlMs - leftMs < leaseRenewMs + renewLateMs;
}

async function failLate(host: Host, held: HeldAttempt): Promise<boolean> {
  const { key, attempt, beat } = held;
  if (beat === undefined || beat.timeoutMs === null) return false;
  if (!(await isSurelyAlive(host, held.worker))) return false; // perhaps it died: that is no failure of the task
  const { maxAttempts, retryInMs } = beat;
  const error = recordError(heartbeatTimedOut(beat.timeoutMs));
  if (retryInMs === null) {
    const event = TaskFailed.make({ key, attempt, error, name: "TimedOut" });
    return endAttempt(host, held, { event, retryInMs: 0 });
  }
  const retryAt = host.ports.clock.now() + retryInMs;
  const heartbeat = detailsOf(held);
  const event = TaskAttemptFailed.make({ key, attempt, maxAttempts, error, retryAt, heartbeat });
  return endAttempt(host, held, { event, retryInMs });
}
