import type { WaitingCall } from "../engine/calls.ts";
import type { ReplayDiverged } from "../engine/divergence.ts";
import type { Execution } from "../engine/execution.ts";
import type { FinalState } from "../engine/final-state.ts";
import type { History } from "../engine/history.ts";
import type { Ownership } from "../engine/run-log.ts";
import { RunBlocked } from "../events/run-events.ts";
import { beginCalls, cancelCalls } from "./begin-calls.ts";
import type { DueTask, LocalFact } from "./due-task.ts";
import { idleTimeOf } from "./idle-time.ts";
import { KeptFacts } from "./kept-facts.ts";
import type { KeptSettlement } from "./kept-settlements.ts";
import type { OpenChildren } from "./open-children.ts";
import type { OpenWork } from "./open-work.ts";
import { isWritten, OwnLog } from "./own-log.ts";
import type { PatientLog } from "./patient-log.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";
import type { TakenTurn } from "./taken-turn.ts";
import type { TurnLog } from "./turn-log.ts";
import type { TurnTaker } from "./turn-taker.ts";
import { Waker } from "./waker.ts";

/** How the ownership of a run came to its end. */
export type Leave =
  | { readonly how: "ended"; readonly state: FinalState; readonly endsOthers: boolean } // who have to hear of it
  | { readonly how: "parked"; readonly isPaused: boolean } // somebody will continue it; paused: when it is resumed
  | { readonly how: "lost" } // another owner has it, or it has ended elsewhere
  | { readonly how: "blocked"; readonly error: ReplayDiverged };

/** The flow failed and begins again, here or elsewhere. */
interface Again {
  readonly how: "again";
  readonly inMs: number;
}

/** How one life of a run in this process came to its end. */
export type Life = Leave | Again;

export interface LiveRunParts {
  readonly run: string;
  readonly owner: Ownership;
  readonly execution: Execution;
  readonly turns: TurnTaker;
  readonly work: OpenWork;
  readonly children: OpenChildren;
  readonly commits: PatientLog;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
  readonly abort: AbortController;
  readonly lines: TurnLog;
  readonly renew: Renew | null; // replays the code before every step; null = no need
}

/** Gives the code a new life from the log; a life that it ends with, if it cannot be repeated. */
export type Renew = (log: OwnLog, block: (error: ReplayDiverged) => Promise<Leave>) => Promise<Leave | null>;

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
  readonly #log: OwnLog;
  readonly #local: LocalFact[] = [];
  readonly #kept: KeptFacts;
  #isDirty = false; // somebody appended facts that this process has not read
  #mustLeave = false;

  constructor(parts: LiveRunParts, history: Pick<History, "inbox" | "position"> | null) {
    this.#parts = parts;
    this.#kept = new KeptFacts((key) => this.#parts.turns.orderOf(key));
    this.#log = new OwnLog(parts, history, (reason) => this.drop(reason));
  }

  /** Something happened in this process. */
  note(fact: LocalFact): void {
    if (!this.#kept.take(fact)) this.#local.push(fact);
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
    return this.#mustLeave || this.#log.wasPaused;
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
  async drive(): Promise<Life> {
    try {
      const { renew } = this.#parts;
      const block = async (error: ReplayDiverged): Promise<Leave> => this.block(error);
      let leave: Life | null = null;
      while (leave === null) {
        if (renew !== null) leave = await renew(this.#log, block); // an await of nothing costs two promises
        leave ??= await this.#step();
        if (leave === null && !this.#hasNews()) leave = await this.#idle();
      }
      return leave;
    } finally {
      this.drop(hasLeft);
    }
  }

  async #step(): Promise<Life | null> {
    const { abort, turns, execution } = this.#parts;
    this.waker.rest();
    if (abort.signal.aborted) return { how: "lost" };
    if (this.#isDirty) {
      this.#isDirty = false;
      await this.#log.read();
    }
    const kept = this.#kept.next();
    const local = kept === null ? this.#local.splice(0) : [kept];
    const turn = await turns.take(kept === null ? this.#log.inbox.splice(0) : [], local);
    if (execution.isDropped) return { how: "lost" }; // while the code ran: what it asked for is incomplete
    if (turn.problem !== null) return this.block(turn.problem);
    if (turn.events.length > 0) {
      const answer = await this.#log.commit(turn.events, turn.state === null ? "keep" : "end", turn);
      if (!isWritten(answer)) return { how: "lost" };
      const life = this.#carryOut(turn, local, answer.now);
      if (life !== null) return life;
    }
    return null;
  }

  /** Does what a turn decided; the log says so already. */
  #carryOut(turn: TakenTurn, local: readonly LocalFact[], now: number): Promise<Life> | null {
    if (turn.state !== null) return this.#end(turn.state, turn.endsOthers);
    if (turn.retryInMs !== null) return this.#again(turn, turn.retryInMs);
    if (turn.cancels.length > 0) this.#stop(turn);
    if (!this.isLeaving) this.#begin(turn, local, now); // else the next owner does
    return null;
  }

  /** A child that is still being made could not be told of the end. */
  async #end(state: FinalState, endsOthers: boolean): Promise<Leave> {
    if (endsOthers) await this.#parts.children.started();
    return { how: "ended", state, endsOthers };
  }

  /** What the flow does not wait for any more is stopped; what it has done meanwhile is not recorded. */
  #stop({ calls, cancels }: TakenTurn): void {
    cancelCalls(this.#parts, calls);
    const over = new Set(cancels);
    const wanted = this.#local.filter(({ event }) => !("key" in event.data && over.has(event.data.key)));
    this.#local.splice(0, this.#local.length, ...wanted);
    this.#kept.forget(over);
  }

  /** The flow begins again, here or elsewhere; what it waited for in vain is not wanted any more. */
  async #again({ calls }: TakenTurn, inMs: number): Promise<Life> {
    const { work, children, execution } = this.#parts;
    cancelCalls(this.#parts, calls);
    for (const { key } of execution.openCalls) {
      work.cancel(key, attemptOver);
      children.cancel(key, attemptOver);
    }
    await children.started();
    for (;;) {
      const answer = await this.#log.commit([], "park", { dueInMs: inMs, cancels: none });
      if (answer.status !== "busy") return isWritten(answer) ? { how: "again", inMs } : { how: "lost" };
    }
  }

  #hasNews(): boolean {
    const isTold = this.#log.inbox.length > 0 || this.#local.length > 0 || this.#kept.count > 0;
    return isTold || this.#isDirty || this.#parts.execution.hasIssued;
  }

  async #idle(): Promise<Leave | null> {
    const { work, ports, limits, abort } = this.#parts;
    const isBusy = work.runningCount > 0;
    if (this.isLeaving && !isBusy) return this.#park(0);
    const idle = isBusy ? { patienceMs: limits.recheckMs, aheadMs: 0 } : idleTimeOf(work, limits);
    const woken = idle.patienceMs > 0 && (await this.waker.wait(idle.patienceMs, ports.clock));
    if (woken || abort.signal.aborted || this.#hasNews()) return null;
    const mayPark = work.runningCount === 0 && limits.parkAfterMs !== null; // a retry may have begun meanwhile
    if (mayPark) return this.#park(idle.aheadMs);
    work.rehint();
    this.#isDirty = true; // wake-ups get lost, too
    return null;
  }

  async #park(aheadMs: number): Promise<Leave | null> {
    const { work, children, limits, execution } = this.#parts;
    await children.started();
    await work.hinted(); // a hint that is lost with this process would be found by the sweeper only later
    if (execution.isDropped) return { how: "lost" }; // what was open is forgotten, and with it when to wake up
    if (this.#hasNews() || work.runningCount > 0) return null;
    work.hold();
    const dueInMs = this.isLeaving ? this.#log.nextInMs : work.lookAgainInMs(limits.recheckMs, aheadMs);
    const answer = await this.#log.commit([], "park", { dueInMs, cancels: none });
    if (isWritten(answer)) return { how: "parked", isPaused: this.#log.isPaused };
    if (answer.status !== "busy") return { how: "lost" };
    work.goOn();
    return null;
  }

  /** Records that the code and the history disagree, and lets go. */
  async block(error: ReplayDiverged): Promise<Leave> {
    const { turns } = this.#parts;
    const { divergence: code, message, turn } = error;
    const data = { code, message, turn, codeHash: turns.codeHash };
    const answer = await this.#log.commit([RunBlocked.make(data)], "block", { dueInMs: null, cancels: none });
    return isWritten(answer) ? { how: "blocked", error } : { how: "lost" };
  }

  #begin({ calls, refused, cancels }: TakenTurn, local: readonly LocalFact[], now: number): void {
    const isWanted = ({ call }: DueTask): boolean => !cancels.includes(call.key);
    this.#parts.work.startTasks(local.flatMap(({ next }) => (next !== null && isWanted(next) ? [next] : [])));
    const { recorded } = this.#log;
    if (calls.length > 0) {
      const { work, children, turns } = this.#parts;
      const keptFor = (call: WaitingCall): KeptSettlement | null => turns.keptFor(call);
      const begin = { calls, recorded, refused, keptFor, now, how: "first" as const, attempts: new Map() };
      beginCalls({ work, children, onFact: (fact) => this.note(fact) }, begin);
    }
    recorded.clear();
  }
}

const hasLeft = new Error("The run has left this process."); // one for all: a stack of each would cost more than its end
const none: readonly string[] = [];
const attemptOver = "This attempt of the flow has failed.";
