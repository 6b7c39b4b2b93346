import { toError } from "../../src/base/recorded-error.ts";
import type { FlowSpec, TaskSpec } from "../../src/engine/specs.ts";
import type { Event } from "../../src/events/catalog.ts";
import { decodeValue, encodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunCreated } from "../../src/events/run-events.ts";
import type { RunLine } from "../../src/observe/run-line.ts";
import { createFlowFactory } from "../../src/sdk/flow.ts";
import { findTask } from "../../src/sdk/registry.ts";
import { createTaskFactory } from "../../src/sdk/task.ts";
import { runAttempt, unlimited } from "../../src/workers/attempt.ts";
import { AttemptAbort } from "../../src/workers/attempt-abort.ts";
import { checkInput } from "../../src/workers/check-input.ts";
import type { Clock } from "../../src/workers/clock.ts";
import type { LiveRun } from "../../src/workers/live-run.ts";
import { openRun } from "../../src/workers/open-run.ts";
import type { RunPorts, TaskHint } from "../../src/workers/run-ports.ts";
import { toOutcome } from "../../src/workers/task-outcome.ts";
import { MemoryLog } from "./memory-log.ts";
import { MemoryPayloads } from "./memory-payloads.ts";
import { silentLog } from "./sim-ports.ts";
import { doneAfter, quiet } from "./sim-world.ts";

const elsewhere = async (): Promise<never> => {
  throw new Error("Nothing runs by itself here.");
};

/** `flow()` and `task()` whose runs only tests start. */
export const flow = createFlowFactory(elsewhere);
export const task = createTaskFactory(elsewhere);

/** Time that passes when nothing else can happen. */
class LeapingClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.#now + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  drain(done: () => void): void {
    void doneAfter(quiet(), done);
  }

  chance(): number {
    return 0.5;
  }

  /** To the next timer. */
  leap(): void {
    const [next] = this.#timers.sort((one, other) => one.at - other.at);
    if (next === undefined) return;
    this.#timers = this.#timers.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }
}

/** Somebody outside tells the run something. */
export interface Visit {
  readonly inMs: number; // 0 = before the run begins to wait for anything
  readonly event: Event;
}

export interface RecordedRun {
  readonly events: readonly RecordedEvent[];
  readonly bodies: readonly Uint8Array[];
  readonly boundaries: readonly number[]; // positions at which a commit ended
  readonly payloads: MemoryPayloads;
  readonly lines: readonly RunLine[]; // what its code said
}

/** Runs a flow to its end in one process, with tasks of its own and queued ones, and gives its history. */
export async function recordRun(
  spec: FlowSpec,
  input: unknown,
  tasks: readonly TaskSpec[] = [],
  visits: readonly Visit[] = [],
): Promise<RecordedRun> {
  const run = "recorded";
  const clock = new LeapingClock();
  const log = new MemoryLog(() => clock.now());
  const payloads = new MemoryPayloads();
  const lines: RunLine[] = [];
  const runHinted = async (hint: TaskHint): Promise<void> => {
    if (hint.delayMs > 0) await new Promise<void>((resolve) => void clock.after(hint.delayMs, resolve));
    await runQueued({ log, payloads, clock, live }, tasks, hint);
  };
  const ports: RunPorts = {
    worker: "w1",
    log,
    payloads,
    clock,
    hintTasks: async (hints) => hints.forEach((hint) => void runHinted(hint)),
    startChild: async () => undefined,
    cancelRun: async () => undefined,
    cancelTasks: () => undefined,
    newRunId: () => "child",
    observe: () => undefined,
    write: (_, line) => void lines.push(line),
  };
  const named = {
    flow: spec.name,
    name: "test-run",
    queue: "default",
    tags: [],
    root: null,
    source: null,
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  };
  const created = RunCreated.make({ ...named, input: encodeValue(input), createdAt: clock.now() });
  const checked = await checkInput(spec, input);
  const limits = { parkAfterMs: null, recheckMs: 60_000_000, foreignMs: 0, maxCrashes: 1 };
  const owner = { worker: "w1", epoch: 1 };
  const troubles: unknown[] = [];
  const onTrouble = (error: unknown): void => void troubles.push(error);
  const { live } = openRun({
    spec,
    owner,
    created,
    run,
    input: checked,
    history: null,
    ports,
    limits,
    onTrouble,
  });
  for (const [index, { inMs, event }] of visits.entries()) {
    clock.after(inMs, () => {
      const fact = { run, actor: "client:test", seen: -1, wakeInMs: 0, attempt: null, unblock: false };
      void log.append({ ...fact, events: [event], dedupeKey: `visit ${index}` }).then(() => live.poke());
    });
  }
  const driven = live.drive();
  const over = new AbortController();
  void driven.finally(() => over.abort());
  for (let idle = 0; !over.signal.aborted; idle += 1) {
    await quiet();
    if (idle % 10 === 9) clock.leap();
  }
  await driven;
  if (troubles.length > 0) throw toError(troubles[0]);
  const { bodies, boundaries } = log.shard.streams.get(run)!;
  return { events: log.eventsOf(run), bodies, boundaries, payloads, lines };
}

interface Place {
  readonly log: MemoryLog;
  readonly payloads: MemoryPayloads;
  readonly clock: LeapingClock;
  readonly live: LiveRun;
}

async function runQueued(
  { log, payloads, clock, live }: Place,
  tasks: readonly TaskSpec[],
  hint: TaskHint,
): Promise<void> {
  const { run, key, attempt } = hint;
  const spec = tasks.find(({ name }) => name === hint.task) ?? findTask(hint.task);
  const scheduled = log.peek(run)[hint.position - 1];
  if (scheduled?.type !== "TaskScheduled") throw new Error("A hint about nothing.");
  const args = decodeValue(scheduled.data.input as Uint8Array, "The arguments") as unknown[];
  const info = {
    id: run,
    name: "test-run",
    flow: hint.flow,
    tags: [],
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  };
  const about = {
    spec,
    args,
    run: info,
    key,
    attempt,
    fencing: 0,
    timeoutMs: spec.timeoutMs,
    log: () => silentLog,
    ...unlimited,
    parent: "run" as const,
  };
  const result = await runAttempt({ ...about, abort: new AttemptAbort(new AbortController()) }, clock);
  const { event, retryInMs } = await toOutcome(
    { run, key, attempt, retry: spec.retry, results: null, result, close: null },
    { payloads, clock },
  );
  const blank = { run, actor: "worker:w2", seen: -1, wakeInMs: 0, attempt: null, unblock: false };
  await log.append({ ...blank, events: [event], dedupeKey: `${event.type} ${attempt} ${key}` });
  live.poke();
  if (retryInMs !== null) {
    await new Promise<void>((resolve) => void clock.after(retryInMs, resolve));
    await runQueued({ log, payloads, clock, live }, tasks, { ...hint, attempt: attempt + 1 });
  }
}
