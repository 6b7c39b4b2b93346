import { setMaxListeners } from "node:events";
import { isEngineError } from "../base/errors.ts";
import { nextDelayMs } from "../engine/retry-policy.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import type { TaskSpec } from "../engine/specs.ts";
import { policyOf } from "../engine/task-overrides.ts";
import { decodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { AttemptHolder } from "../redis/held.ts";
import type { RunInfo } from "../sdk/context.ts";
import { type AttemptResult, runAttempt } from "./attempt.ts";
import { AttemptAbort } from "./attempt-abort.ts";
import type { Host } from "./host.ts";
import { lastFailure } from "./last-failure.ts";
import type { LimitPlace } from "./limit-place.ts";
import { abortWhenLost } from "./limited-attempt.ts";
import { insist, type Patience } from "./patient-log.ts";
import { attemptLog } from "./run-logger.ts";
import type { TaskHint } from "./run-ports.ts";
import { type CloseLimit, closeOf, heartbeatTimedOut } from "./time-limits.ts";

/** How a worker ends what it runs: first it asks, then it stops waiting. */
export class AttemptStops {
  readonly release = new AbortController(); // signals of attempts; who listens comes back soon
  readonly #waiting = new Set<() => void>(); // for attempts
  #isGivenUp = false;

  constructor() {
    setMaxListeners(0, this.release.signal); // every attempt may listen; they are no leak
  }

  /** Nobody waits for the others any more. */
  giveUp(): void {
    this.#isGivenUp = true;
    for (const stop of this.#waiting) stop();
  }

  get areGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** null = it was given up before. `running` never rejects. */
  unlessGivenUp(running: Promise<AttemptResult>): Promise<AttemptResult | null> {
    return new Promise((resolve) => {
      const stop = (): void => resolve(null);
      if (this.#isGivenUp) stop();
      this.#waiting.add(stop);
      void running.then((result) => {
        this.#waiting.delete(stop);
        resolve(result);
      });
    });
  }
}

/** An attempt that this process has begun. */
export interface QueuedAttempt {
  readonly host: Host;
  readonly hint: TaskHint;
  readonly spec: TaskSpec;
  readonly info: RunInfo;
  readonly scheduled: RecordedEvent<"TaskScheduled">;
  readonly ageMs: number; // since the task was called
  readonly place: LimitPlace | null; // null = it has no limits
  readonly payloads: PayloadStore;
  readonly stops: AttemptStops;
  readonly patience: Patience;
  readonly running: Map<string, AttemptAbort>; // by run and key: of those that may be cancelled
}

type Policy = ReturnType<typeof policyOf>;

/** What became of it. */
export interface AttemptEnd {
  readonly result: AttemptResult | null; // null = it is given back, and begins again elsewhere
  readonly isUnwanted: boolean; // the task ended without it
  readonly isLimited: boolean; // others may end the task, or the attempt
  readonly maxAttempts: number; // with those that died
  readonly policy: Policy;
  readonly close: CloseLimit | null;
  readonly heartbeat: Uint8Array | null; // details of the newest heartbeat, as the next attempt will see them
}

/** Runs an attempt of a queued task; its heartbeats are stored where its holder stands. */
export async function runQueued(queued: QueuedAttempt): Promise<AttemptEnd> {
  const { host, hint, spec, info, scheduled, stops } = queued;
  const { ports, beats } = host;
  const { run, key, attempt } = hint;
  const policy = policyOf(spec, scheduled.data.overrides);
  const { bounds } = policy;
  const maxAttempts = policy.retry.maxAttempts + hint.crashes; // crashed attempts have a budget of their own
  const close = closeLimitOf(queued, policy);
  const [[input], kept, earlier, beat] = await before(queued, policy, maxAttempts);
  let newest = kept;
  let isUnwanted = false;
  const store = async (details: Uint8Array | null): Promise<boolean> => {
    newest = details ?? newest;
    const record = { ...beat, details: newest === null ? null : Buffer.from(newest).toString("base64") };
    const isWanted = await beats.beat(hint, attempt, { ...holderOf(hint, host.worker), beat: record });
    isUnwanted ||= !isWanted;
    return isWanted;
  };
  if (kept !== null) await adoptKept(queued, async () => store(null));
  const abort = abortOf(queued);
  const running = runAttempt(
    {
      spec,
      args: toArguments(input, key),
      run: info,
      key,
      attempt,
      fencing: 0,
      timeoutMs: policy.timeoutMs,
      close,
      heartbeatMs: bounds.heartbeatMs,
      heart: { last: kept ?? earlier, store },
      log: () => attemptLog(ports, info, { key, attempt }),
      parent: "run",
      abort,
    },
    ports.clock,
  );
  const ended = await stops.unlessGivenUp(running);
  if (ended !== null) queued.place?.leave(); // it guards what the function uses, not the recording of its result
  queued.running.delete(`${run} ${key}`);
  if (isCancelled(ended, abort.reason, stops.release.signal)) isUnwanted = true;
  const heartbeat = (ended?.ok === false ? ended.heartbeat : null) ?? newest;
  const isLimited = close !== null || bounds.heartbeatMs !== null;
  const result = isGivenBack(ended, queued) ? null : ended;
  return { result, isUnwanted, isLimited, maxAttempts, policy, close, heartbeat };
}

function closeLimitOf({ host, scheduled, ageMs }: QueuedAttempt, { bounds }: Policy): CloseLimit | null {
  if (bounds.scheduleToCloseMs === null) return null;
  const earlier = async (): Promise<Error | null> => lastFailure(host.log, scheduled);
  return closeOf(bounds.scheduleToCloseMs, { ageMs, clock: host.ports.clock, earlier });
}

/** What is to be known before it begins; most tasks have nothing but their arguments. */
function before(queued: QueuedAttempt, policy: Policy, maxAttempts: number): Promise<Before> | Before {
  const { hint, payloads } = queued;
  const { input } = queued.scheduled.data;
  const timeoutMs = policy.bounds.heartbeatMs;
  const isPlain = timeoutMs === null && hint.isAgain !== true && hint.heartbeatAt === undefined;
  if (isPlain && input instanceof Uint8Array)
    return [[input], null, null, { timeoutMs, maxAttempts, retryInMs: null }];
  return Promise.all([
    payloads.get(hint.run, [input]),
    takeKept(queued, timeoutMs),
    earlierHeartbeat(queued),
    toBeat(queued, policy, maxAttempts),
  ]);
}

type Before = readonly [
  input: readonly Uint8Array[],
  kept: Uint8Array | null,
  earlier: Uint8Array | null,
  beat: Awaited<ReturnType<typeof toBeat>>,
];

/** Fires when the worker stops, nobody waits for the attempt, or somebody else has got its slots. */
function abortOf({ hint, place, running, stops }: QueuedAttempt): AttemptAbort {
  const abort = new AttemptAbort(stops.release);
  running.set(`${hint.run} ${hint.key}`, abort);
  if (place !== null) abortWhenLost(place, abort);
  return abort;
}

/** What an earlier attempt left belongs to this one from now on. */
async function adoptKept(
  { host, hint, patience }: QueuedAttempt,
  store: () => Promise<boolean>,
): Promise<void> {
  await insist(store, patience);
  await insist(async () => host.beats.forget(hint), patience);
}

/** The worker stops, or somebody else has got its slots: it begins again where there is place for it. */
function isGivenBack(ended: AttemptResult | null, { stops, place }: QueuedAttempt): boolean {
  if (ended === null) return true;
  return !ended.ok && (stops.release.signal.aborted || place?.lost.aborted === true);
}

/** Failed because it was aborted, and neither by the stop of the worker nor for its time. */
function isCancelled(ended: AttemptResult | null, reason: Error | null, release: AbortSignal): boolean {
  return (
    ended?.ok === false && reason !== null && !release.aborted && !isEngineError(reason, "TASK_TIMED_OUT")
  );
}

/** Who holds an attempt, with all that a hint of the next one needs. */
export function holderOf(hint: TaskHint, worker: string): AttemptHolder {
  const { flow, queue, task, position, crashes, maxCrashes, isTimed, heartbeatAt, rules } = hint;
  return {
    worker,
    flow,
    queue,
    task,
    position,
    crashes,
    ...(maxCrashes === undefined ? {} : { maxCrashes }),
    ...(isTimed === undefined ? {} : { isTimed }),
    ...(heartbeatAt === undefined ? {} : { heartbeatAt }),
    ...(rules === undefined ? {} : { rules }),
  };
}

function toArguments(input: Uint8Array | undefined, key: string): readonly unknown[] {
  const args: unknown = decodeValue(input ?? new Uint8Array(), `The arguments of task ${key}`);
  return Array.isArray(args) ? args : [];
}

/** What an attempt left that was given back. */
async function takeKept({ host, hint, patience }: QueuedAttempt, timeoutMs: number | null) {
  if (timeoutMs === null && hint.isAgain !== true) return null;
  return insist(async () => host.beats.kept(hint), patience);
}

/** Of an attempt that failed or died. */
async function earlierHeartbeat({ host, hint, payloads, patience }: QueuedAttempt) {
  const { heartbeatAt, run } = hint;
  if (heartbeatAt === undefined) return null;
  const event = await insist(async () => host.log.readEvent(run, heartbeatAt), patience);
  if (event?.type !== "TaskAttemptFailed" && event?.type !== "TaskCrashed") return null;
  if (event.data.heartbeat === null) return null;
  const [details] = await payloads.get(run, [event.data.heartbeat]);
  return details ?? null;
}

/** What a sweeper does when no more heartbeats come: decided now, as it may not know the task. */
async function toBeat({ hint, host }: QueuedAttempt, { retry, bounds }: Policy, maxAttempts: number) {
  const { heartbeatMs: timeoutMs } = bounds;
  if (timeoutMs === null) return { timeoutMs, maxAttempts, retryInMs: null };
  const failed = { error: heartbeatTimedOut(timeoutMs), attempt: hint.attempt };
  const chance = host.ports.clock.chance();
  const retryInMs = await nextDelayMs({ ...retry, maxAttempts }, failed, chance).catch(() => null);
  return { timeoutMs, maxAttempts, retryInMs };
}
