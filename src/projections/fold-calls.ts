import { isType, type RecordedEvent } from "../events/envelope.ts";
import { blankCall, type CallClosing } from "./call-pictures.ts";
import { oldestWait } from "./fold-work.ts";
import type { FactPicture, RunPicture } from "./run-picture.ts";
import { closeTask, foldTask, isOfTask } from "./task-picture.ts";

type CallEvent = Extract<
  RecordedEvent,
  { type: `${"Task" | "Timer" | "Signal" | "Update" | "Child" | "Call" | "Patch"}${string}` }
>;

/** Whether an event is about a call of the flow, or about what comes to it from outside. */
export function isOfCall(event: RecordedEvent): event is CallEvent {
  return /^(?:Task|Timer|Signal|Update|Child|Call|Patch)/.test(event.type);
}

/** Puts such an event into a picture, in place. O(1). */
export function foldCall(picture: RunPicture, event: CallEvent): void {
  noteFact(picture, event);
  if (isOfTask(event)) {
    const turn = picture.turns.at(-1);
    if (event.type === "TaskScheduled") turn?.asked.push(event.data.key);
    foldTask(picture.tasks, event, { turn: turn?.n ?? 0, owner: picture.owner?.worker ?? null });
  } else if (!foldAsked(picture, event)) foldAnswer(picture, event);
}

type KeyedFact = Exclude<FactPicture["type"], "SignalReceived" | "UpdateRequested" | "RunCancelRequested">;

const keyedFacts: ReadonlySet<string> = new Set<KeyedFact>([
  "TaskCompleted",
  "TaskFailed",
  "TaskReused",
  "TimerFired",
  "ChildEnded",
  "CallReused",
]);

function isKeyedFact(event: RecordedEvent): event is RecordedEvent<KeyedFact> {
  return keyedFacts.has(event.type);
}

function noteFact(picture: RunPicture, event: CallEvent): void {
  const { position } = event;
  if (isType(event, "SignalReceived") || isType(event, "UpdateRequested"))
    picture.inbox.set(position, { position, key: event.data.id, name: event.data.name, type: event.type });
  else if (isKeyedFact(event) && !isLeft(picture, event.data.key)) {
    const { key } = event.data;
    picture.inbox.set(position, { position, key, name: key, type: event.type });
  }
}

/** A call of an attempt of the flow that has ended: its answer is given to nobody. */
function isLeft(picture: RunPicture, key: string): boolean {
  const { tasks, timers, children } = picture;
  const closing = timers.get(key)?.closing ?? children.get(key)?.closing ?? null;
  return closing === "Abandoned" || (tasks.get(key)?.leftAt ?? null) !== null;
}

/** What the flow asked for. Answers false when it is something else. */
function foldAsked(picture: RunPicture, event: CallEvent): boolean {
  const turn = picture.turns.at(-1);
  const n = turn?.n ?? 0;
  const { position, recordedAt } = event;
  switch (event.type) {
    case "TimerStarted": {
      const { key, ms, site } = event.data;
      const times = { startedAt: recordedAt, dueAt: recordedAt + ms, firedAt: null };
      picture.timers.set(key, { ...blankCall(key, site, n, position), ms, ...times });
      break;
    }
    case "SignalAwaited": {
      const { key, name, site, form, prompt } = event.data;
      const awaited = { name, form, prompt, awaitedAt: recordedAt, received: null };
      const wait = { ...blankCall(key, site, n, position), ...awaited };
      picture.waits.set(key, wait);
      picture.openWaits.set(key, wait);
      break;
    }
    case "ChildScheduled": {
      const { key, run, flow, queue, onClose, site } = event.data;
      const end = { state: "Open", message: null, endedAt: null, endPosition: null };
      const child = { run, flow, queue, onClose, scheduledAt: recordedAt, ...end };
      picture.children.set(key, { ...blankCall(key, site, n, position), ...child });
      break;
    }
    case "PatchMarked":
      if (!picture.patches.includes(event.data.key)) picture.patches.push(event.data.key);
      return true;
    default:
      return false;
  }
  turn?.asked.push(event.data.key);
  return true;
}

/** What came to it, and what it did not want any more. */
function foldAnswer(picture: RunPicture, event: CallEvent): void {
  const { position, recordedAt: at, actor: by } = event;
  switch (event.type) {
    case "TimerFired": {
      const timer = picture.timers.get(event.data.key);
      if (timer !== undefined) timer.firedAt = at;
      return;
    }
    case "ChildEnded": {
      const { key, run, name: state, message } = event.data;
      const child = picture.children.get(key);
      if (child !== undefined)
        Object.assign(child, { run, state, message, endedAt: at, endPosition: position });
      return;
    }
    case "SignalReceived": {
      const { name, id } = event.data;
      const taken = { takenBy: null, deliveredIn: null };
      picture.signals.set(position, { position, name, id, receivedAt: at, by, ...taken });
      return;
    }
    case "CallCancelled":
      closeCall(picture, event, "Cancelled");
      return;
    case "CallReused":
      closeCall(picture, event, "Reused");
      return;
    default:
      foldUpdate(picture, event);
  }
}

function foldUpdate({ updates }: RunPicture, event: CallEvent): void {
  const { position, recordedAt } = event;
  if (isType(event, "UpdateRequested")) {
    const { name, id } = event.data;
    const open = { deliveredIn: null, answeredAt: null, answerPosition: null, state: "Requested" } as const;
    updates.set(id, { id, name, position, requestedAt: recordedAt, ...open });
  }
  if (!isType(event, "UpdateAnswered")) return;
  const update = updates.get(event.data.key);
  const state = event.data.error === null ? "Answered" : "Refused";
  if (update !== undefined)
    Object.assign(update, { answeredAt: recordedAt, answerPosition: position, state });
}

function closeCall(
  picture: RunPicture,
  event: RecordedEvent<"CallCancelled" | "CallReused">,
  closing: "Cancelled" | "Reused",
): void {
  const { key } = event.data;
  const task = picture.tasks.get(key);
  if (task !== undefined) {
    closeTask(task, event, closing);
    return;
  }
  const call = picture.timers.get(key) ?? picture.waits.get(key) ?? picture.children.get(key);
  if (call === undefined) return;
  call.closedAt ??= event.recordedAt;
  call.closing ??= closing;
  picture.openWaits.delete(key);
}

/** A turn gave a fact to the flow. */
export function giveFact(picture: RunPicture, { type, key, position }: FactPicture, n: number): void {
  if (type === "SignalReceived") {
    giveSignal(picture, position, n);
    return;
  }
  if (type === "RunCancelRequested") {
    if (picture.cancellation?.position === position) picture.cancellation.deliveredIn = n;
    return;
  }
  const { tasks, timers, children, waits, updates } = picture;
  const call =
    type === "UpdateRequested"
      ? updates.get(key)
      : (tasks.get(key) ?? timers.get(key) ?? children.get(key) ?? waits.get(key));
  if (call !== undefined) call.deliveredIn = n;
}

function giveSignal({ signals, waits, openWaits }: RunPicture, position: number, n: number): void {
  const signal = signals.get(position);
  if (signal === undefined) return;
  signal.deliveredIn = n;
  const wait = waits.get(oldestWait(openWaits, signal.name) ?? "");
  if (wait === undefined) return;
  openWaits.delete(wait.key);
  wait.received = position;
  wait.deliveredIn = n;
  signal.takenBy = wait.key;
}

/** The attempt of the flow has ended: nobody waits for what is open, and what came for it is given to nobody. */
export function leaveCalls(picture: RunPicture, at: number): void {
  const { tasks, timers, waits, children, openWaits, inbox } = picture;
  const leave = (call: { closing: CallClosing | null; closedAt: number | null } | undefined): void => {
    if (call === undefined) return;
    call.closing ??= "Abandoned";
    call.closedAt ??= at;
  };
  for (const task of tasks.values()) if (task.endedAt === null) task.leftAt ??= at;
  for (const timer of timers.values()) if (timer.firedAt === null) leave(timer);
  for (const child of children.values()) if (child.endedAt === null) leave(child);
  for (const key of openWaits.keys()) leave(waits.get(key));
  openWaits.clear();
  for (const { position, type } of inbox.values()) if (keyedFacts.has(type)) inbox.delete(position);
}
