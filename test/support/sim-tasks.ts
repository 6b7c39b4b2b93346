import { isEngineError } from "../../src/base/errors.ts";
import { recordError } from "../../src/base/recorded-error.ts";
import type { AppendFact, CommitAnswer } from "../../src/engine/run-log.ts";
import { policyOf } from "../../src/engine/task-overrides.ts";
import { decodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { TaskCrashed, TaskFailed, TaskStarted } from "../../src/events/task-events.ts";
import { runAttempt } from "../../src/workers/attempt.ts";
import type { TaskHint } from "../../src/workers/run-ports.ts";
import { toOutcome } from "../../src/workers/task-outcome.ts";
import { silentLog, type SimProcess } from "./sim-process.ts";
import type { SimWorld } from "./sim-world.ts";

const graceMs = 10_000;
const maxTaskCrashes = 3;

/** Hints on their way: lost, late or doubled. */
export interface SimMail {
  readonly tasks: (hints: readonly TaskHint[]) => void;
  readonly run: () => void;
}

/** What `task-processor.ts` does with a hint, over the ports of a simulated process; without its connection to Redis. */
export async function runQueuedTask(process: SimProcess, hint: TaskHint, mail: SimMail): Promise<void> {
  const { ports, begun: known } = process;
  const { run, key, attempt, crashes } = hint;
  if (known.has(`${attempt} ${key}`)) return;
  known.add(`${attempt} ${key}`);
  const begun = await insist(process, {
    ...blank(run, process.id),
    events: [TaskStarted.make({ key, attempt, worker: process.id })],
    dedupeKey: `start ${attempt} ${key}`,
    attempt: { key, attempt, holder: JSON.stringify({ ...hint, worker: process.id }) },
  });
  const events = await ports.log.readAfter(run, 0);
  const start = events[begun.position - 1];
  const isOwn = begun.status === "again" && start?.type === "TaskStarted" && start.data.worker === process.id;
  if (begun.status !== "ok" && !isOwn) return;
  const scheduled = events[hint.position - 1];
  const spec = process.built.tasks.get(hint.task);
  if (scheduled?.type !== "TaskScheduled" || spec === undefined)
    throw new Error(`A hint about nothing: ${JSON.stringify(hint)}`);
  const { retry, timeoutMs } = policyOf(spec, scheduled.data.overrides);
  const [input] = await ports.payloads.get(run, [scheduled.data.input]);
  const args = decodeValue(input ?? new Uint8Array(), "The arguments");
  const info = { id: run, name: "sim", flow: hint.flow, tags: [] };
  const about = {
    spec,
    args: Array.isArray(args) ? args : [],
    run: info,
    key,
    attempt,
    fencing: 0,
    timeoutMs,
  };
  const result = await runAttempt(
    { ...about, log: silentLog, stop: new AbortController().signal },
    ports.clock,
  );
  const ended = { run, key, attempt, retry: { ...retry, maxAttempts: retry.maxAttempts + crashes }, result };
  const { event, retryInMs } = await toOutcome(ended, ports);
  const answer = await insist(process, {
    ...blank(run, process.id),
    events: [event],
    dedupeKey: retryInMs === null ? `end ${key}` : `try ${attempt} ${key}`,
    wakeInMs: retryInMs === null ? 0 : retryInMs + graceMs,
    attempt: { key, attempt, holder: null },
  });
  if (answer.status !== "ok") return;
  if (retryInMs !== null) mail.tasks([{ ...hint, attempt: attempt + 1, delayMs: retryInMs }]);
  else if (answer.owner === "") mail.run();
}

function blank(run: string, worker: string): Omit<AppendFact, "events" | "dedupeKey" | "attempt"> {
  return { run, actor: `worker:${worker}`, seen: -1, wakeInMs: null, unblock: false };
}

/** Redis is asked again until it answers, as the driver does. */
async function insist({ ports }: SimProcess, fact: AppendFact): Promise<CommitAnswer> {
  for (;;) {
    try {
      return await ports.log.append(fact);
    } catch (error) {
      if (!isEngineError(error, "REDIS_UNAVAILABLE")) throw error;
    }
  }
}

/** What `sweeper.ts` does about the attempts of dead workers. */
export async function buryAttempts(
  world: SimWorld,
  isDead: (worker: string) => boolean,
  mail: SimMail,
): Promise<void> {
  const { log, run } = world;
  for (const text of [...log.shard.attempts.values()]) {
    const { worker, ...hint } = JSON.parse(text) as TaskHint & { readonly worker: string };
    if (!isDead(worker)) continue;
    const { key, attempt } = hint;
    const crashes = hint.crashes + 1;
    const isFinal = crashes >= maxTaskCrashes;
    const event = isFinal
      ? TaskFailed.make({ key, attempt, error: recordError(new Error("Workers died.")), name: "Crashed" })
      : TaskCrashed.make({ key, attempt, worker });
    const { status } = await log.append({
      ...blank(run, "sweeper"),
      events: [event],
      dedupeKey: isFinal ? `end ${key}` : `try ${attempt} ${key}`,
      wakeInMs: isFinal ? 0 : graceMs,
      attempt: { key, attempt, holder: null },
    });
    if (!isFinal && status === "ok") mail.tasks([{ ...hint, attempt: attempt + 1, delayMs: 0, crashes }]);
  }
}

/** Tells whether the log says how a task ended. */
export function hasEnd(events: readonly RecordedEvent[], key: string): boolean {
  return events.some(
    (event) => (event.type === "TaskCompleted" || event.type === "TaskFailed") && event.data.key === key,
  );
}
