import { toError } from "../base/recorded-error.ts";
import type { Call, NewCall, Settlement } from "./calls.ts";
import { type FinalState, stateOfError } from "./final-state.ts";
import { Scope } from "./scope.ts";

interface OpenCall {
  readonly call: Call;
  readonly settle: (settlement: Settlement) => void;
}

/** What an execution needs from the outside. */
export interface ExecutionPorts {
  /** Resolves when every microtask has run; one `setImmediate`. */
  readonly drain: () => Promise<void>;
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
  readonly root = new Scope();
  readonly #ports: ExecutionPorts;
  readonly #open = new Map<string, OpenCall>();
  #issued: Call[] = [];
  #cursor = -1;
  #outcome: FinalState | null = null;
  #dropped = false;
  isStarted = false;
  logicalTime: number; // epoch ms; the same in every replay
  onActivity: () => void = () => undefined; // the code made a call or ended, perhaps without any delivery
  replaying = false; // recorded turns are being repeated: what the code asks for is compared, not done

  constructor(run: string, createdAt: number, ports: ExecutionPorts) {
    this.run = run;
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
    await this.#ports.drain();
  }

  /** Registers a call; the promise settles when its fact is delivered. */
  call(request: NewCall): Promise<unknown> {
    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#dropped || this.#outcome !== null) return; // nobody will commit it: it must not happen
      const call: Call = { ...request, after: this.#cursor };
      const settle = (settlement: Settlement): void => {
        if (settlement.ok) resolve(settlement.value);
        else reject(settlement.error);
      };
      this.#issued.push(call);
      this.#open.set(call.key, { call, settle });
      this.onActivity();
    });
    promise.catch(() => undefined); // a failure that nobody awaits is recorded all the same; it must not end the process
    return promise;
  }

  /**
   * Gives the code one fact and waits until it cannot go on by itself.
   * @param ordinal index of the fact in its turn
   * @returns false, and does nothing, when no such call is open
   */
  async deliver(key: string, settlement: Settlement, ordinal: number): Promise<boolean> {
    if (!this.settle(key, settlement, ordinal)) return false;
    await this.drain();
    return true;
  }

  /** The first half of `deliver`; `drain` must follow. */
  settle(key: string, settlement: Settlement, ordinal: number): boolean {
    const open = this.#open.get(key);
    if (open === undefined) return false;
    this.#open.delete(key);
    this.#cursor = ordinal;
    open.settle(settlement);
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

  get openCalls(): readonly Call[] {
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
    this.#issued = [];
  }

  get isDropped(): boolean {
    return this.#dropped;
  }

  drain(): Promise<void> {
    return this.#ports.drain();
  }

  #end(outcome: FinalState): void {
    if (this.#dropped) return;
    this.#outcome = outcome;
    this.onActivity();
  }
}
