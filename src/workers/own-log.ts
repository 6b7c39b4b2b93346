import { type Fact, type History, isEnding, isFact, isWait, type RecordedWait } from "../engine/history.ts";
import type { CommitAnswer, Ownership } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { toRecorded } from "../events/to-recorded.ts";
import type { OpenChildren } from "./open-children.ts";
import type { OpenWork } from "./open-work.ts";
import type { PatientLog } from "./patient-log.ts";
import type { RunPorts } from "./run-ports.ts";
import type { TakenTurn } from "./taken-turn.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TurnTaker } from "./turn-taker.ts";

interface OwnLogParts {
  readonly run: string;
  readonly owner: Ownership;
  readonly turns: TurnTaker;
  readonly work: OpenWork;
  readonly children: OpenChildren;
  readonly commits: PatientLog;
  readonly ports: RunPorts;
  readonly lines: TurnLog;
}

/** The log of a run as its owner reads and writes it: every event is seen once, in order. */
export class OwnLog {
  readonly #parts: OwnLogParts;
  readonly #actor: string;
  readonly #onLost: (reason: Error) => void;
  readonly inbox: Fact[]; // not delivered yet, in order
  readonly recorded = new Map<string, RecordedWait>(); // calls of the newest commit
  isPaused = false; // somebody wants the run to stand still
  wasPaused = false; // and then calls were left to the next owner, also when it was resumed soon
  #seen: number;
  #batch: number;

  /** `onLost` hears that the run is somebody else's, or has ended elsewhere. */
  constructor(
    parts: OwnLogParts,
    history: Pick<History, "inbox" | "position"> | null,
    onLost: (reason: Error) => void,
  ) {
    this.#parts = parts;
    this.#actor = `worker:${parts.owner.worker}`;
    this.#onLost = onLost;
    this.inbox = [...(history?.inbox ?? [])];
    this.#seen = history?.position ?? 0;
    this.#batch = history === null ? 1 : 0; // the first batch of a new run creates it
  }

  /** The code begins anew: what it was not given yet is to be given to it again. */
  refill(undelivered: readonly Fact[]): void {
    const known = undelivered.filter(({ position }) => position <= this.#seen);
    this.inbox.splice(0, this.inbox.length, ...known);
  }

  /** When the next owner is to look after the run that is let go of now; null = when somebody resumes it. */
  get nextInMs(): number | null {
    return this.isPaused ? null : 0;
  }

  /** Looks for what others appended. */
  async read(): Promise<void> {
    const { commits, run } = this.#parts;
    await this.#learn(await commits.readAfter(run, this.#seen));
  }

  /** One write of the owner; what others appended before it is learned on the way. */
  async commit(
    events: readonly Event[],
    after: "keep" | "park" | "block" | "end",
    { dueInMs, cancels }: Pick<TakenTurn, "dueInMs" | "cancels">,
  ): Promise<CommitAnswer> {
    const { commits, owner, run, turns } = this.#parts;
    if (this.#seen === 0 && after === "block" && turns.created !== null) {
      const made = await this.commit([turns.created], "keep", { dueInMs: null, cancels: [] }); // it cannot be blocked before
      if (!isWritten(made)) return made;
    }
    const isNew = this.#seen === 0;
    if (!isNew) this.#batch += 1;
    const actor = this.#actor;
    const answer = isNew
      ? await commits.create({ run, actor, events, owner, dueInMs, ends: after === "end" })
      : await commits.commit({
          run,
          actor,
          events,
          owner,
          dueInMs,
          cancels,
          batch: this.#batch,
          seen: this.#seen,
          after,
        });
    if (answer.status === "fenced" || answer.status === "closed" || answer.status === "exists") {
      this.#onLost(new Error("Another worker has this run."));
      return answer;
    }
    if (answer.events.length > 0) await this.#learn(answer.events);
    if (answer.status !== "busy") this.#wrote(events, answer);
    return answer;
  }

  /** Events by others, in order. */
  async #learn(events: readonly RecordedEvent[]): Promise<void> {
    const { turns, ports } = this.#parts;
    const unknown = events.filter(({ position }) => position > this.#seen);
    const last = unknown.at(-1);
    if (last === undefined) return;
    const isTakenOver = unknown.some(({ type }) => type === "TurnTaken"); // its facts may be of another attempt
    const facts = isTakenOver ? [] : unknown.filter(isFact);
    await turns.load(facts);
    this.inbox.push(...facts);
    for (const event of unknown) {
      this.#parts.work.learn(event);
      this.#parts.children.learn(event);
    }
    this.isPaused = unknown.reduce(pausedAfter, this.isPaused);
    this.wasPaused ||= unknown.some(({ type }) => type === "RunPaused");
    this.#seen = last.position;
    const own = `worker:${ports.worker}`; // tasks of this process have been shown by it
    ports.observe(
      turns.info,
      unknown.filter(({ actor }) => actor !== own),
    );
    if (unknown.some(isEnding)) this.#onLost(new Error("The run has ended elsewhere."));
    else if (isTakenOver) this.#onLost(new Error("Another worker has this run."));
  }

  #wrote(events: readonly Event[], { position, now }: CommitAnswer): void {
    const { ports, turns, run } = this.#parts;
    const actor = this.#actor;
    const first = position - events.length + 1;
    const recorded = events.map((event, index) =>
      toRecorded(event, { run, position: first + index, recordedAt: now, actor }),
    );
    this.#seen = position;
    for (const event of recorded) if (isWait(event)) this.recorded.set(event.data.key, event);
    this.#parts.work.recorded(recorded);
    this.#parts.lines.show(recorded, (shown) => ports.observe(turns.info, shown));
  }
}

function pausedAfter(isPaused: boolean, { type }: RecordedEvent): boolean {
  if (type === "RunPaused") return true;
  return isPaused && type !== "RunResumed" && type !== "RunCancelRequested";
}

export function isWritten({ status }: CommitAnswer): boolean {
  return status === "ok" || status === "again";
}
