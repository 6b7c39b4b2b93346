import { recordError } from "../../src/base/recorded-error.ts";
import type { AppendFact, CommitAnswer, PayloadStore } from "../../src/engine/run-log.ts";
import { policyOf } from "../../src/engine/task-overrides.ts";
import { decodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { TaskCrashed, TaskFailed, TaskStarted } from "../../src/events/task-events.ts";
import { runAttempt, unlimited } from "../../src/workers/attempt.ts";
import { AttemptAbort } from "../../src/workers/attempt-abort.ts";
import type { Ended } from "../../src/workers/attempt-records.ts";
import { PatientLog, patientPayloads } from "../../src/workers/patient-log.ts";
import type { TaskHint } from "../../src/workers/run-ports.ts";
import { sharedCallOf } from "../../src/workers/shared-results.ts";
import { toOutcome } from "../../src/workers/task-outcome.ts";
import { silentLog } from "./sim-ports.ts";
import type { SimProcess } from "./sim-process.ts";
import type { SimMail, SimWorld } from "./sim-world.ts";

const graceMs = 10_000;
const maxTaskCrashes = 3;

/** What `task-processor.ts` does with a hint, over the ports of a simulated process; without its connection to Redis. */
export async function runQueuedTask(process: SimProcess, hint: TaskHint, mail: SimMail): Promise<void> {
  const id = `${hint.run} ${hint.attempt} ${hint.key}`;
  if (process.begun.has(id)) return;
  process.begun.add(id);
  const begun = await begin(process, hint);
  const events = await patient(process).log.readAfter(hint.run, 0);
  const scheduled = events[hint.position - 1];
  if (scheduled?.type !== "TaskScheduled") throw new Error(`A hint about nothing: ${JSON.stringify(hint)}`);
  const start = begun.status === "again" ? events[begun.position - 1] : undefined;
  const isOwn = start?.type === "TaskStarted" && start.data.worker === process.id; // the answer was lost
  if (begun.status !== "ok" && !isOwn) return;
  const { run, key, attempt } = hint;
  if (endOf(begun.events, key) === null) return perform(process, hint, { scheduled, mail });
  const letGo = { events: [], dedupeKey: "", attempt: { key, attempt, holder: null } };
  await patient(process).log.append({ ...blank(run, process.id), ...letGo });
}

async function begin(process: SimProcess, hint: TaskHint): Promise<CommitAnswer> {
  const { run, key, attempt } = hint;
  return patient(process).log.append({
    ...blank(run, process.id),
    events: [TaskStarted.make({ key, attempt, worker: process.id })],
    seen: hint.crashes > 0 ? hint.position : -1,
    dedupeKey: `start ${attempt} ${key}`,
    unlessEnded: key,
    attempt: { key, attempt, holder: JSON.stringify({ ...hint, worker: process.id }) },
  });
}

interface Order {
  readonly scheduled: RecordedEvent<"TaskScheduled">;
  readonly mail: SimMail;
}

/** A result that others made stands for it; one that is made here is kept for others. */
async function perform(process: SimProcess, hint: TaskHint, order: Order): Promise<void> {
  const { shared, built } = process;
  const call = sharedCallOf(hint, built.tasks.get(hint.task)!, order.scheduled);
  if (call === null) return void (await attempt(process, hint, order));
  const reused = await shared.before(call, () => true);
  if (reused !== null)
    return void (await end(process, hint, { event: reused.event, retryInMs: null }, order));
  const { event, answer } = await attempt(process, hint, order);
  if (answer.status === "ok" && event.type === "TaskCompleted")
    await shared.keep(call, event.data.output, answer.now);
  await shared.leave(call);
}

async function attempt(process: SimProcess, hint: TaskHint, order: Order) {
  const { ports, built } = process;
  const { scheduled } = order;
  const { payloads } = patient(process);
  const { run, key, attempt: number, crashes } = hint;
  const spec = built.tasks.get(hint.task)!;
  const { retry, timeoutMs } = policyOf(spec, scheduled.data.overrides);
  const [input] = await payloads.get(run, [scheduled.data.input]);
  const args = decodeValue(input!, "The arguments") as unknown[];
  const info = { id: run, name: "sim", flow: hint.flow, tags: [], traceparent: null };
  const about = {
    spec,
    args,
    run: info,
    key,
    attempt: number,
    fencing: 0,
    timeoutMs,
    log: () => silentLog,
    ...unlimited,
    parent: "run" as const,
  };
  const result = await runAttempt({ ...about, abort: new AttemptAbort(new AbortController()) }, ports.clock);
  const allowed = { ...retry, maxAttempts: retry.maxAttempts + crashes };
  const ended = { run, key, attempt: number, retry: allowed, results: null, result, close: null };
  const outcome = await toOutcome(ended, { payloads, clock: ports.clock });
  return { event: outcome.event, answer: await end(process, hint, outcome, order) };
}

async function end(
  process: SimProcess,
  hint: TaskHint,
  { event, retryInMs }: Ended,
  { mail }: Order,
): Promise<CommitAnswer> {
  const { run, key, attempt: number } = hint;
  const answer = await patient(process).log.append({
    ...blank(run, process.id),
    events: [event],
    dedupeKey: retryInMs === null ? `end ${key}` : `try ${number} ${key}`,
    wakeInMs: retryInMs === null ? 0 : retryInMs + graceMs,
    attempt: { key, attempt: number, holder: null },
  });
  if (answer.status !== "ok") return answer;
  if (retryInMs !== null) mail.tasks([{ ...hint, attempt: number + 1, delayMs: retryInMs }]);
  else if (answer.owner === "") mail.run(run);
  return answer;
}

function blank(run: string, worker: string): Omit<AppendFact, "events" | "dedupeKey" | "attempt"> {
  return { run, actor: `worker:${worker}`, seen: -1, wakeInMs: null, unblock: false };
}

/** The ports of a process that has begun an attempt: it waits until Redis is well again. */
function patient({ ports }: SimProcess): { readonly log: PatientLog; readonly payloads: PayloadStore } {
  const patience = { clock: ports.clock, stop: new AbortController().signal, onTrouble: () => undefined };
  return { log: new PatientLog(ports.log, patience), payloads: patientPayloads(ports.payloads, patience) };
}

/** What `sweeper.ts` does about the attempts of dead workers. */
export async function buryAttempts(
  world: SimWorld,
  isDead: (worker: string) => boolean,
  mail: SimMail,
): Promise<void> {
  const { log } = world;
  const held = Array.from(log.shard.attempts.values());
  for (const text of held) {
    const { worker, ...hint } = JSON.parse(text) as TaskHint & { readonly worker: string };
    if (!isDead(worker)) continue;
    const { run, key, attempt } = hint;
    const crashes = hint.crashes + 1;
    const isFinal = crashes >= maxTaskCrashes;
    const event = isFinal
      ? TaskFailed.make({ key, attempt, error: recordError(new Error("Workers died.")), name: "Crashed" })
      : TaskCrashed.make({ key, attempt, worker, heartbeat: null });
    const { status } = await log.append({
      ...blank(run, "sweeper"),
      events: [event],
      dedupeKey: isFinal ? `end ${key}` : `try ${attempt} ${key}`,
      wakeInMs: isFinal ? 0 : graceMs,
      attempt: { key, attempt, holder: null },
    });
    if (isFinal && status === "ok") mail.run(run);
    if (!isFinal && status === "ok") mail.tasks([{ ...hint, attempt: attempt + 1, delayMs: 0, crashes }]);
  }
}

/** Where the log says how a task ended; null = it does not. */
export function endOf(events: readonly RecordedEvent[], key: string): number | null {
  const isEnd = (event: RecordedEvent): boolean =>
    (event.type === "TaskCompleted" || event.type === "TaskFailed" || event.type === "TaskReused") &&
    event.data.key === key;
  return events.find(isEnd)?.position ?? null;
}

/** Where the log says that an attempt of a queued task began; null = it does not. */
export function startOf(events: readonly RecordedEvent[], key: string, attempt: number): number | null {
  const isStart = (event: RecordedEvent): boolean =>
    event.type === "TaskStarted" && event.data.key === key && event.data.attempt === attempt;
  return events.find(isStart)?.position ?? null;
}
