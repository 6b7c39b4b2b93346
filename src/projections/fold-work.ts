import type { RecordedEvent } from "../events/envelope.ts";
import { enterOpenState, waitsForSignals } from "./open-state.ts";
import type { OpenTask, OpenWait, RunSummary } from "./run-summary.ts";

/** Puts an event about a call of the flow, or about a signal, into the summary of its run. */
export function foldWork(run: RunSummary, event: RecordedEvent): void {
  const { recordedAt, position } = event;
  switch (event.type) {
    case "TaskScheduled": {
      const { key, name, queue } = event.data;
      run.tasks += 1;
      const startedAt = queue === null ? recordedAt : null; // the owner begins at once, and does not record it
      run.open.set(key, { name, queue, attempt: 1, readyAt: recordedAt, startedAt });
      workBegins(run);
      return;
    }
    case "ChildScheduled":
      run.children += 1;
      run.openChildren.set(event.data.key, event.data.run);
      workBegins(run);
      return;
    case "ChildEnded":
      endChild(run, event.data);
      return;
    case "SignalAwaited": {
      const { key, name, prompt } = event.data;
      run.waits.set(key, { name, prompt, position });
      if (prompt !== null || run.waits.size === 1) enterOpenState(run);
      return;
    }
    case "SignalReceived":
      run.signals += 1;
      run.received.push([position, event.data.name]);
      return;
    case "CallCancelled":
      cancelCall(run, event.data.key);
      return;
    case "CallReused":
      reuseCall(run, event.data.key);
      return;
    default:
      foldTask(run, event);
  }
}

function foldTask(run: RunSummary, event: RecordedEvent): void {
  const task = "key" in event.data ? run.open.get(event.data.key) : undefined;
  if (task === undefined) return;
  switch (event.type) {
    case "TaskStarted":
      task.startedAt = event.recordedAt;
      task.attempt = event.data.attempt;
      return;
    case "TaskCompleted":
      run.completed += 1;
      run.open.delete(event.data.key);
      return;
    case "TaskReused":
      run.completed += 1;
      run.cached += 1;
      run.open.delete(event.data.key);
      return;
    case "TaskFailed":
      run.failed += 1;
      run.open.delete(event.data.key);
      return;
    case "TaskAttemptFailed":
      tryAgain(run, task, event.data.attempt, Math.max(event.recordedAt, event.data.retryAt));
      return;
    case "TaskCrashed":
      tryAgain(run, task, event.data.attempt, event.recordedAt);
      return;
    default:
  }
}

function tryAgain(run: RunSummary, task: OpenTask, attempt: number, readyAt: number): void {
  run.retries += 1;
  task.attempt = attempt + 1;
  task.readyAt = readyAt;
  task.startedAt = task.queue === null ? readyAt : null;
}

function endChild(run: RunSummary, { key, state }: RecordedEvent<"ChildEnded">["data"]): void {
  if (!run.openChildren.delete(key)) return;
  if (state === "COMPLETED") run.childrenCompleted += 1;
  else run.childrenFailed += 1;
}

/** The first work beside a wait ends the mere waiting; what follows changes nothing. */
function workBegins(run: RunSummary): void {
  if (run.waits.size > 0 && run.open.size + run.openChildren.size === 1) enterOpenState(run);
}

function cancelCall(run: RunSummary, key: string): void {
  if (run.open.delete(key)) run.cancelled += 1;
  run.openChildren.delete(key);
  closeCall(run, key);
}

function reuseCall(run: RunSummary, key: string): void {
  if (run.open.delete(key)) {
    run.completed += 1;
    run.reused += 1;
  }
  if (run.openChildren.delete(key)) run.childrenCompleted += 1;
  closeCall(run, key);
}

/** A call is not open any more, without a turn that would say so. */
function closeCall(run: RunSummary, key: string): void {
  if (run.waits.delete(key) || waitsForSignals(run)) enterOpenState(run);
}

/** The signals that a turn gave to the flow: each went to the oldest wait for its name. */
export function giveSignals(run: RunSummary, { data, position }: RecordedEvent<"TurnTaken">): void {
  if (run.received.length === 0) return;
  for (const mark of data.delivered) {
    const at = mark > 0 ? mark : position + mark;
    const index = run.received.findIndex(([received]) => received === at);
    if (index < 0) continue;
    const [[, name] = [0, ""]] = run.received.splice(index, 1);
    const key = oldestWait(run.waits, name);
    if (key !== null) run.waits.delete(key);
  }
}

/** The wait that gets the next signal of a name; null = nobody waits for it. */
export function oldestWait(
  waits: ReadonlyMap<string, Pick<OpenWait, "name" | "position">>,
  name: string,
): string | null {
  let oldest: { readonly key: string; readonly position: number } | null = null;
  for (const [key, wait] of waits)
    if (wait.name === name && (oldest === null || wait.position < oldest.position))
      oldest = { key, position: wait.position };
  return oldest?.key ?? null;
}
