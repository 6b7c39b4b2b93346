import type { RecordedEvent } from "../events/envelope.ts";
import { foldCall, giveFact, isOfCall, leaveCalls } from "./fold-calls.ts";
import { foldRun } from "./fold-run.ts";
import { beginAttempt, endAttempt } from "./fold-run-attempts.ts";
import { newPicture, type ProblemPicture, type RunPicture } from "./run-picture.ts";
import { workerOf } from "./task-picture.ts";

/** The run after the first `n` of its events. */
export function pictureAt(events: readonly RecordedEvent[], n: number): RunPicture {
  const picture = newPicture(events[0]?.run ?? "");
  for (const event of events.slice(0, n)) foldPicture(picture, event);
  return picture;
}

/** Puts the next event into a picture, in place. O(1), but for the facts that a turn lists. Total, as every fold. */
export function foldPicture(picture: RunPicture, event: RecordedEvent): void {
  foldRun(picture.summary, event);
  if (isOfCall(event)) foldCall(picture, event);
  else if (event.type === "TurnTaken") takeTurn(picture, event);
  else foldLife(picture, event);
}

function foldLife(picture: RunPicture, event: RecordedEvent): void {
  switch (event.type) {
    case "RunCreated":
      beginAttempt(picture, event, { attempt: 1, reason: null, notBefore: event.data.startAt });
      return;
    case "RunBlocked":
      picture.owner = null;
      raise(picture, event, { kind: "blocked", code: event.data.code, message: event.data.message });
      return;
    case "RunUnblocked":
      clear(picture, event.recordedAt);
      return;
    case "OwnerLost": {
      picture.owner = null;
      const message = `Worker ${event.data.worker} (epoch ${event.data.epoch}) was lost.`;
      raise(picture, event, { kind: "owner lost", code: null, message });
      return;
    }
    case "RunPaused": {
      const { position, recordedAt: at, actor: by } = event;
      picture.pause = { position, at, by, reason: event.data.reason };
      return;
    }
    case "RunResumed":
      picture.pause = null;
      return;
    case "RunCancelRequested": {
      const { position, recordedAt: at, actor: by } = event;
      picture.cancellation = { position, at, by, reason: event.data.reason, deliveredIn: null };
      picture.inbox.set(position, { position, key: "", name: "", type: event.type });
      picture.pause = null; // it goes on, to clean up
      return;
    }
    default:
      foldAttempts(picture, event);
  }
}

function foldAttempts(picture: RunPicture, event: RecordedEvent): void {
  switch (event.type) {
    case "RunAttemptFailed": {
      const { attempt, error, retryAt } = event.data;
      endAttempt(picture, event, { state: "Failed", error });
      leaveCalls(picture, event.recordedAt);
      beginAttempt(picture, event, { attempt: attempt + 1, reason: null, notBefore: retryAt });
      return;
    }
    case "RunReopened": {
      const { attempt, reason } = event.data;
      leaveCalls(picture, event.recordedAt);
      picture.cancellation = null;
      picture.pause = null;
      clear(picture, event.recordedAt);
      beginAttempt(picture, event, { attempt, reason, notBefore: null });
      return;
    }
    case "RunFailed":
      picture.owner = null;
      endAttempt(picture, event, { state: event.data.name, error: event.data.error });
      return;
    case "RunCompleted":
    case "RunCancelled":
      picture.owner = null;
      endAttempt(picture, event, { state: event.data.name, error: null });
      return;
    case "RunCrashed":
      picture.owner = null;
      endAttempt(picture, event, { state: "Crashed", error: null });
      return;
    case "RunForked":
      picture.owner = null; // the turns were those of another run
      picture.pause = null;
      return;
    default:
  }
}

function takeTurn(picture: RunPicture, event: RecordedEvent<"TurnTaken">): void {
  const { n, epoch, codeHash, done } = event.data;
  const { position, recordedAt: takenAt } = event;
  const worker = workerOf(event);
  const delivered = event.data.delivered.flatMap((mark) => {
    const fact = picture.inbox.get(mark > 0 ? mark : position + mark);
    if (fact === undefined) return [];
    picture.inbox.delete(fact.position);
    giveFact(picture, fact, n);
    return [fact];
  });
  const { attempt } = picture.summary;
  picture.turns.push({ n, position, takenAt, worker, epoch, codeHash, attempt, delivered, asked: [], done });
  const current = picture.attempts.at(-1);
  if (current !== undefined) {
    current.firstTurn ??= n;
    current.beganAt ??= takenAt;
  }
  picture.owner = { worker, epoch, at: takenAt };
  clear(picture, takenAt);
}

type Trouble = Pick<ProblemPicture, "kind" | "code" | "message">;

function raise(picture: RunPicture, { position, recordedAt: at }: RecordedEvent, trouble: Trouble): void {
  clear(picture, at); // one thing at a time stands in the way
  picture.problems.push({ ...trouble, position, at, clearedAt: null });
}

function clear({ problems }: RunPicture, at: number): void {
  const last = problems.at(-1);
  if (last !== undefined) last.clearedAt ??= at;
}
