import { handled } from "../base/handled.ts";
import { toError } from "../base/recorded-error.ts";
import type { Call, Delivery, NewCall, NewNote, Settlement, WaitingCall } from "./calls.ts";
import { Conditions } from "./conditions.ts";
import type { ExecutionOptions, ExecutionPorts } from "./execution-options.ts";
import { ExpectedCalls } from "./expected-calls.ts";
import { type FinalState, stateOfError } from "./final-state.ts";
import { Patches } from "./patches.ts";
import { Scope } from "./scope.ts";

interface OpenCall {
  readonly call: WaitingCall;
  readonly scope: Scope;
  readonly settle: (settlement: Settlement) => void;
  readonly isAside: boolean; // the flow does not await it: a cancellation of it tells nobody
}

/**
 * One life of a flow function: started once, fed with facts, dropped when the run parks or its owner is fenced.
 *
 * 1. A call only registers; nothing happens in the world before the turn that holds it is committed.
 * 2. One fact is delivered per drain, so the order of deliveries is all that decides what the code does.
 * 3. A promise that waits is never rejected to end an execution; references are dropped instead.
 */
export class Execution {
  readonly run: string;
  readonly seed: string;
  readonly root: Scope;
  readonly patches: Patches;
  readonly conditions = new Conditions();
  readonly expected = new ExpectedCalls(); // of the turn that is being repeated
  readonly #ports: ExecutionPorts;
  readonly #isReused: (key: string) => boolean;
  readonly #open = new Map<string, OpenCall>();
  readonly #answers = new Map<string, (input: unknown) => Promise<unknown>>(); // by name of the update
  #issued: Call[] = [];
  #cursor = -1;
  #outcome: FinalState | null = null;
  #dropped = false;
  readonly queries = new Map<string, (input: unknown) => unknown>(); // by name
  readonly joins: Promise<unknown>[] = []; // the flow ends after these
  isStarted = false;
  isCancelled = false; // somebody wanted the run to end, and its code was told
  logicalTime: number; // epoch ms; the same in every replay
  onActivity: () => void = () => undefined; // the code made a call or ended, perhaps without any delivery
  replaying = false; // recorded turns are being repeated: what the code asks for is compared, not done

  constructor(run: string, createdAt: number, ports: ExecutionPorts, options: ExecutionOptions = {}) {
    this.run = run;
    this.seed = options.seed ?? run;
    this.root = Scope.root(options.attempt ?? 1);
    this.patches = new Patches(options.patches ?? new Set(), this);
    this.#isReused = options.isReused ?? (() => false);
    this.logicalTime = createdAt;
    this.#ports = ports;
  }

  /** Calls the flow function and waits until it cannot go on by itself. */
  async start(body: () => Promise<FinalState>): Promise<void> {
    this.isStarted = true;
    body().then(
      (state) => this.#end(state),
      (error: unknown) => this.#end(stateOfError(toError(error))),
    );
    await this.drain();
  }

  /** Registers a call, which `request` becomes (a copy would be dear); its promise settles when its fact is delivered. */
  call(request: NewCall, scope: Scope, isAside = false): Promise<unknown> {
    const cancelled = scope.takeCancelled();
    if (cancelled !== null && !this.#isOver) return handled(Promise.reject(cancelled)); // it was pending
    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#isOver) return; // nobody will commit it: it must not happen
      const call: WaitingCall = Object.assign(request, { after: this.#cursor, site: this.#siteOf(request) });
      const settle = (settlement: Settlement): void => {
        if (settlement.ok) return resolve(settlement.value);
        void handled(promise);
        reject(settlement.error);
      };
      this.#issued.push(call);
      this.#open.set(call.key, { call, scope, settle, isAside });
      this.onActivity();
    });
    return promise;
  }

  #siteOf(request: NewCall): string | null {
    const isMet = this.replaying && this.expected.meet(request, this.#cursor);
    return isMet ? null : typeof request.site === "function" ? request.site() : request.site;
  }

  /** Registers something that nobody waits for. */
  note(note: NewNote): void {
    if (this.#isOver) return;
    if (this.replaying) this.expected.meet(note, this.#cursor);
    this.#issued.push({ ...note, after: this.#cursor });
    this.onActivity();
  }

  /** The flow does not wait for a call any more; its promise stays as it is. Nothing when it is not open. */
  withdraw(key: string, reason: string): void {
    if (this.#open.delete(key)) this.note({ kind: "cancel", key, reason });
  }

  /** Rejects what was called in a scope, shields excepted; what finds nothing is told to the next call in there. */
  cancel(scope: Scope, error: Error): void {
    scope.noteCancelled();
    const reached = [...this.#open.values()].filter((open) => scope.reaches(open.scope));
    for (const { call, settle } of reached) {
      this.withdraw(call.key, error.message);
      settle({ ok: false, error });
    }
    const hasWaited = this.conditions.cancel(scope, error);
    if (!hasWaited && reached.every(({ isAside }) => isAside)) scope.cancelled = error;
  }

  /** Tells whether a call is open that was made in the scope, behind a shield or not. */
  isBusyIn(scope: Scope): boolean {
    return this.#open.size > 0 && [...this.#open.values()].some((open) => scope.holds(open.scope));
  }

  /** Names the function that answers updates of a name; the newest one counts. */
  answer(name: string, fn: (input: unknown) => Promise<unknown>): void {
    this.#answers.set(name, fn);
  }

  /** Somebody outside may still ask, so the flow is not stuck while it waits. */
  get hasAnswers(): boolean {
    return this.#answers.size > 0;
  }

  /**
   * Gives the code one fact; `drain` must follow.
   * @param ordinal index of the fact in its turn
   * @returns false, and does nothing, when nobody waits for it
   */
  offer(delivery: Delivery, ordinal: number): boolean {
    switch (delivery.to) {
      case "call":
        return this.#settle(delivery.key, delivery.settlement, ordinal);
      case "signal": {
        const key = this.#waitingFor(delivery.name);
        return key !== null && this.#settle(key, { ok: true, value: delivery.value }, ordinal);
      }
      case "update":
        return this.#update(delivery, ordinal);
      case "scope":
        this.#cursor = ordinal;
        this.isCancelled = true;
        this.cancel(this.root, delivery.error);
        return true;
    }
  }

  #settle(key: string, settlement: Settlement, ordinal: number): boolean {
    const open = this.#open.get(key);
    if (open === undefined) return false;
    this.#open.delete(key);
    this.#cursor = ordinal;
    open.settle(settlement);
    return true;
  }

  /** The oldest wait for a signal; one that an earlier attempt of the flow has an answer to is not for new signals. */
  #waitingFor(name: string): string | null {
    for (const { call } of this.#open.values()) {
      if (call.kind === "signal" && call.name === name && !this.#isReused(call.key)) return call.key;
    }
    return null;
  }

  #update({ name, id, input }: Extract<Delivery, { to: "update" }>, ordinal: number): boolean {
    const answer = this.#answers.get(name);
    if (answer === undefined) return false;
    this.#cursor = ordinal;
    const reply = (settlement: Settlement): void => this.note({ kind: "answer", key: id, settlement });
    answer(input).then(
      (value) => reply({ ok: true, value }),
      (thrown: unknown) => reply({ ok: false, error: toError(thrown) }),
    );
    return true;
  }

  /** Begins a new turn: what is issued from here on, was not caused by an earlier turn's facts. */
  beginTurn(logicalTime: number): void {
    this.#cursor = -1;
    this.logicalTime = Math.max(this.logicalTime, logicalTime);
  }

  /** The calls since the last time, in the order in which the code made them. */
  takeIssued(): readonly Call[] {
    const issued = this.#issued;
    this.#issued = [];
    return issued;
  }

  get hasIssued(): boolean {
    return this.#issued.length > 0;
  }

  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  get openCalls(): readonly WaitingCall[] {
    return [...this.#open.values()].map(({ call }) => call);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** How the flow function ended; null = it has not. */
  get outcome(): FinalState | null {
    return this.#outcome;
  }

  /** Lets go of the code: its promises stay pending for ever and can be collected. */
  drop(): void {
    this.#dropped = true;
    this.#open.clear();
    this.conditions.clear();
    this.#issued = [];
  }

  get isDropped(): boolean {
    return this.#dropped;
  }

  get #isOver(): boolean {
    return this.#dropped || this.#outcome !== null;
  }

  /** Waits until the code cannot go on by itself, conditions that came true included. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.conditions.settleNext()) this.#ports.drain(look);
        else resolve();
      };
      this.#ports.drain(look);
    });
  }

  #end(outcome: FinalState): void {
    if (this.#dropped) return;
    this.#outcome = outcome;
    this.onActivity();
  }
}
