import type { ReplayDiverged } from "../engine/divergence.ts";
import type { Execution } from "../engine/execution.ts";
import type { FinalState } from "../engine/final-state.ts";
import { type Fact, type History, isCall, isEnding, isFact, type RecordedCall } from "../engine/history.ts";
import type { CommitAnswer, Ownership } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { type RecordedEvent, toRecorded } from "../events/envelope.ts";
import { RunBlocked } from "../events/run-events.ts";
import { beginCalls } from "./begin-calls.ts";
import type { LocalFact, OpenWork } from "./open-work.ts";
import type { PatientLog } from "./patient-log.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TakenTurn, TurnTaker } from "./turn-taker.ts";
import { Waker } from "./waker.ts";

/** How the ownership of a run came to its end. */
export type Leave =
  | { readonly how: "ended"; readonly state: FinalState }
  | { readonly how: "parked" } // somebody will continue it
  | { readonly how: "lost" } // another owner has it, or it has ended elsewhere
  | { readonly how: "blocked"; readonly error: ReplayDiverged };

export interface LiveRunParts {
  readonly run: string;
  readonly owner: Ownership;
  readonly execution: Execution;
  readonly turns: TurnTaker;
  readonly work: OpenWork;
  readonly commits: PatientLog;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
  readonly abort: AbortController;
  readonly lines: TurnLog;
}

/**
 * The live loop of one run in the process that owns it.
 *
 * 1. One commit at a time; while it is under way the flow's code stands still.
 * 2. What the flow asked for starts after the commit that recorded it, never before.
 * 3. A refused commit ends everything here: the log belongs to somebody else.
 */
export class LiveRun {
  readonly #parts: LiveRunParts;
  readonly waker = new Waker();
  readonly #inbox: Fact[];
  readonly #local: LocalFact[] = [];
  readonly #recorded = new Map<string, RecordedCall>(); // calls of the newest commit
  #seen: number;
  #batch: number;
  #isDirty = false; // somebody appended facts that this process has not read
  #mustLeave = false;

  constructor(parts: LiveRunParts, history: Pick<History, "inbox" | "position"> | null) {
    this.#parts = parts;
    this.#inbox = [...(history?.inbox ?? [])];
    this.#seen = history?.position ?? 0;
    this.#batch = history === null ? 1 : 0; // the first batch of a new run creates it
  }

  /** Something happened in this process. */
  note(fact: LocalFact): void {
    this.#local.push(fact);
    this.waker.wake();
  }

  /** Somebody else appended to the run. */
  poke(): void {
    this.#isDirty = true;
    this.waker.wake();
  }

  /** Hand the run over as soon as its tasks in this process have ended. */
  leave(): void {
    this.#mustLeave = true;
    this.waker.wake();
  }

  /** Nothing is started here any more. */
  get isLeaving(): boolean {
    return this.#mustLeave;
  }

  /** Gives everything up at once; the log decides who is right. */
  drop(reason: unknown): void {
    const { abort, work, execution } = this.#parts;
    work.dispose();
    execution.drop();
    if (!abort.signal.aborted) abort.abort(reason);
    this.waker.wake();
  }

  /** Takes turns until the run ends, parks, blocks or is lost. */
  async drive(): Promise<Leave> {
    try {
      let leave: Leave | null = null;
      while (leave === null) leave = await this.#step();
      return leave;
    } finally {
      this.drop(new Error("The run has left this process."));
    }
  }

  async #step(): Promise<Leave | null> {
    const { abort, turns, execution } = this.#parts;
    if (abort.signal.aborted) return { how: "lost" };
    if (this.#isDirty) await this.#read();
    const local = this.#local.splice(0);
    const turn = await turns.take(this.#inbox.splice(0), local);
    if (execution.isDropped) return { how: "lost" }; // while the code ran: what it asked for is incomplete
    if (turn.problem !== null) return this.block(turn.problem);
    if (turn.events.length > 0) {
      const answer = await this.#commit(turn.events, turn.state === null ? "keep" : "end", turn.dueInMs);
      if (!isWritten(answer)) return { how: "lost" };
      if (turn.state !== null) return { how: "ended", state: turn.state };
      if (!this.#mustLeave) this.#begin(turn, local, answer.now); // else the next owner does
    }
    if (this.#hasNews()) return null;
    return this.#idle();
  }

  #hasNews(): boolean {
    return (
      this.#inbox.length > 0 || this.#local.length > 0 || this.#isDirty || this.#parts.execution.hasIssued
    );
  }

  async #idle(): Promise<Leave | null> {
    const { work, ports, limits, abort } = this.#parts;
    const isBusy = work.runningCount > 0;
    if (this.#mustLeave && !isBusy) return this.#park();
    const patienceMs =
      isBusy || limits.parkAfterMs === null ? limits.recheckMs : this.#idlePatience(limits.parkAfterMs);
    const woken = patienceMs > 0 && (await this.waker.wait(patienceMs, ports.clock));
    if (woken || abort.signal.aborted || this.#hasNews()) return null;
    const mayPark = work.runningCount === 0 && limits.parkAfterMs !== null; // a retry may have begun meanwhile
    if (mayPark) return this.#park();
    work.rehint();
    this.#isDirty = true; // wake-ups get lost, too
    return null;
  }

  /** A run that waits for nothing near parks at once; near things are waited for. */
  #idlePatience(parkAfterMs: number): number {
    const { work } = this.#parts;
    const nextMs = work.nextDueInMs;
    if (work.waitsForQueue || nextMs === null) return parkAfterMs;
    return nextMs <= parkAfterMs ? nextMs + 1 : 0;
  }

  async #park(): Promise<Leave | null> {
    const { work, limits, execution } = this.#parts;
    await work.hinted(); // a hint that is lost with this process would be found by the sweeper only later
    if (execution.isDropped) return { how: "lost" }; // what was open is forgotten, and with it when to wake up
    if (this.#hasNews() || work.runningCount > 0) return null;
    work.hold();
    const dueInMs = this.#mustLeave ? 0 : work.lookAgainInMs(limits.recheckMs);
    const answer = await this.#commit([], "park", dueInMs);
    if (isWritten(answer)) return { how: "parked" };
    if (answer.status !== "busy") return { how: "lost" };
    work.goOn();
    return null;
  }

  /** Records that the code and the history disagree, and lets go. */
  async block(error: ReplayDiverged): Promise<Leave> {
    const { turns } = this.#parts;
    const { divergence: code, message, turn } = error;
    const data = { code, message, turn, codeHash: turns.codeHash };
    const answer = await this.#commit([RunBlocked.make(data)], "block", null);
    return isWritten(answer) ? { how: "blocked", error } : { how: "lost" };
  }

  #begin({ calls, refused }: TakenTurn, local: readonly LocalFact[], now: number): void {
    this.#parts.work.startTasks(local.flatMap(({ next }) => (next === null ? [] : [next])));
    const recorded = this.#recorded;
    if (calls.length > 0) {
      beginCalls(
        this.#parts.work,
        { calls, recorded, refused, now, how: "first", attempts: new Map() },
        (fact) => this.note(fact),
      );
    }
    recorded.clear();
  }

  async #read(): Promise<void> {
    this.#isDirty = false;
    const { commits, run } = this.#parts;
    await this.#learn(await commits.readAfter(run, this.#seen));
  }

  async #commit(
    events: readonly Event[],
    after: "keep" | "park" | "block" | "end",
    dueInMs: number | null,
  ): Promise<CommitAnswer> {
    const { commits, owner, run } = this.#parts;
    const isNew = this.#seen === 0;
    if (!isNew) this.#batch += 1;
    const shared = { run, actor: `worker:${owner.worker}`, events, owner, dueInMs };
    const answer = isNew
      ? await commits.create({ ...shared, ends: after === "end" })
      : await commits.commit({ ...shared, batch: this.#batch, seen: this.#seen, after });
    if (answer.status === "fenced" || answer.status === "closed" || answer.status === "exists") {
      this.drop(new Error("Another worker has this run."));
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
    const facts = unknown.filter(isFact);
    await turns.load(facts);
    this.#inbox.push(...facts);
    for (const event of unknown) this.#parts.work.learn(event);
    this.#seen = last.position;
    const own = `worker:${ports.worker}`; // tasks of this process have been shown by it
    ports.observe(
      turns.info,
      unknown.filter(({ actor }) => actor !== own),
    );
    if (unknown.some(isEnding)) this.drop(new Error("The run has ended elsewhere."));
  }

  #wrote(events: readonly Event[], { position, now }: CommitAnswer): void {
    const { ports, turns, run, owner } = this.#parts;
    const first = position - events.length + 1;
    const actor = `worker:${owner.worker}`;
    const recorded = events.map((event, index) =>
      toRecorded(event, { run, position: first + index, recordedAt: now, actor }),
    );
    this.#seen = position;
    for (const event of recorded) if (isCall(event)) this.#recorded.set(event.data.key, event);
    this.#parts.lines.show(recorded, (shown) => ports.observe(turns.info, shown));
  }
}

function isWritten({ status }: CommitAnswer): boolean {
  return status === "ok" || status === "again";
}
