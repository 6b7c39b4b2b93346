/** What every call of a flow that is no task has. Instants are epoch ms. */
interface CallPicture {
  readonly key: string;
  readonly site: string | null; // file:line of the call; null = unknown
  readonly turn: number; // that asked for it
  readonly position: number; // of the event that asked for it
  deliveredIn: number | null; // the turn that gave its answer to the flow; null = none did
  closedAt: number | null; // when the flow stopped waiting without an answer of its own; null = it did not
  closing: CallClosing | null; // why; null = it did not
}

export type CallClosing =
  | "Cancelled" // the flow, or somebody who cancelled it, did not want it any more
  | "Reused" // an earlier attempt of the flow was given the answer
  | "Abandoned"; // the attempt of the flow ended

/** One sleep. */
export interface TimerPicture extends CallPicture {
  readonly ms: number;
  readonly startedAt: number;
  readonly dueAt: number;
  firedAt: number | null; // null = not yet
}

/** One wait for a signal. */
export interface WaitPicture extends CallPicture {
  readonly name: string; // of the signal
  readonly form: string | null; // JSON Schema of the payload; null = not known
  readonly prompt: string | null; // what a person is asked; null = it is not for a person
  readonly awaitedAt: number;
  received: number | null; // position of the signal that it got; null = none yet
}

/** One call of a flow: a run of its own. */
export interface ChildPicture extends CallPicture {
  run: string; // another one than was scheduled once that was continued as new, and has ended
  readonly flow: string;
  readonly queue: string | null; // null = in the process of the parent's owner
  readonly onClose: string; // what becomes of it when its parent ends
  readonly scheduledAt: number;
  state: string; // "Open" until it is known how it ended
  message: string | null; // of that state
  endedAt: number | null;
  endPosition: number | null; // of the event that has its result or error
}

/** A signal that somebody sent. */
export interface SignalPicture {
  readonly position: number;
  readonly name: string;
  readonly id: string; // of the sending
  readonly receivedAt: number;
  readonly by: string; // the actor
  takenBy: string | null; // key of the wait that got it; null = none yet
  deliveredIn: number | null; // the turn that gave it to the flow
}

/** A request that the flow answers while it runs. */
export interface UpdatePicture {
  readonly id: string;
  readonly name: string;
  readonly position: number;
  readonly requestedAt: number;
  deliveredIn: number | null;
  answeredAt: number | null;
  answerPosition: number | null;
  state: "Requested" | "Answered" | "Refused";
}

export function blankCall(
  key: string,
  site: string | null,
  turn: number,
  position: number,
): { -readonly [Field in keyof CallPicture]: CallPicture[Field] } {
  return { key, site, turn, position, deliveredIn: null, closedAt: null, closing: null };
}
