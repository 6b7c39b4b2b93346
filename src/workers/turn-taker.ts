import type { Call, Delivery, WaitingCall } from "../engine/calls.ts";
import { ReplayDiverged } from "../engine/divergence.ts";
import type { Execution } from "../engine/execution.ts";
import type { FinalState } from "../engine/final-state.ts";
import { currentFlags } from "../engine/flags.ts";
import type { Fact, History } from "../engine/history.ts";
import type { ResultPlan } from "../engine/result-plan.ts";
import type { RetryPolicy } from "../engine/retry-policy.ts";
import type { Event } from "../events/catalog.ts";
import { RunStarted } from "../events/run-events.ts";
import { TurnTaken } from "../events/turn-events.ts";
import type { RunInfo } from "../sdk/context.ts";
import { Deliveries } from "./deliveries.ts";
import type { LocalFact } from "./due-task.ts";
import { FactGiver } from "./fact-giver.ts";
import { type KeptSettlement, KeptSettlements } from "./kept-settlements.ts";
import { type DecisionTarget, recordCall } from "./record-decision.ts";
import { recordEnd } from "./record-end.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";
import { cancelledBy, earliest, isChild, nothing, type TakenTurn } from "./taken-turn.ts";

export interface TurnTakerOptions {
  readonly info: RunInfo;
  readonly queue: string; // of the run; submitted tasks go there unless they name their own
  readonly codeHash: string;
  readonly createdAt: number;
  readonly epoch: number;
  readonly history: Pick<History, "turnsTaken" | "attempt" | "kept"> | null; // null = a new run
  readonly retry: RetryPolicy; // of the flow
  readonly hasParent: boolean;
  readonly hasChildren: () => boolean; // that were not heard of
  readonly hasHooks: boolean; // somebody hears of the end
  readonly created: Event<"RunCreated"> | null; // to be written with the first turn; null = it is recorded
  readonly startedInput: Uint8Array | null; // the validated input, where it differs from the given one
  readonly inputIsValid: boolean;
  readonly results: ResultPlan | null; // what becomes of the flow's result
  readonly body: () => Promise<FinalState>;
  readonly execution: Execution;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
}

const foreignStepMs = 5;
const tellInMs = 5_000; // whoever ends a run tells others at once; if it dies, somebody else does so later

/** Lets the flow's code go on with the facts that there are, and writes down what it decided. */
export class TurnTaker {
  readonly #options: TurnTakerOptions;
  readonly #deliveries: Deliveries;
  readonly #kept: KeptSettlements;
  readonly #giver: FactGiver;
  #n: number;
  isTaking = false;

  constructor(options: TurnTakerOptions) {
    this.#options = options;
    this.#n = options.history?.turnsTaken ?? 0;
    this.#deliveries = new Deliveries(options.info, options.ports.payloads);
    this.#giver = new FactGiver(options.execution, this.#deliveries);
    this.#kept = new KeptSettlements(options.history?.kept ?? new Map(), this.#deliveries);
  }

  get info(): RunInfo {
    return this.#options.info;
  }

  /** The first event of a run that is not in the log yet; null = it is, or was made by somebody else. */
  get created(): Event | null {
    return this.#options.created;
  }

  get codeHash(): string {
    return this.#options.codeHash;
  }

  /** Fetches and decodes what facts hold, so that a delivery never waits. */
  async load(facts: readonly Fact[]): Promise<void> {
    await this.#deliveries.load(facts);
  }

  /** The same for what earlier attempts of the flow were given. */
  async loadKept(): Promise<void> {
    if (this.#kept.facts.length > 0) await this.#deliveries.loadKept(this.#kept.facts);
  }

  deliveryOf(fact: Fact): Delivery {
    return this.#deliveries.take(fact);
  }

  /** What an earlier attempt of the flow was given for this call; null = nothing. */
  keptFor(call: WaitingCall): KeptSettlement | null {
    return this.#kept.find(call);
  }

  orderOf(key: string): number {
    return this.#kept.orderOf(key);
  }

  async take(inbox: readonly Fact[], local: readonly LocalFact[]): Promise<TakenTurn> {
    const { execution, ports, createdAt, body } = this.#options;
    this.isTaking = true;
    try {
      const isFirst = execution.outcome === null && !execution.isStarted;
      execution.beginTurn(Math.max(ports.clock.now(), execution.logicalTime));
      if (isFirst) await execution.start(body);
      const delivered: number[] = [];
      await this.#giver.giveAll(inbox, local, delivered);
      if (this.#mayBeStuck() && (await this.#isStuck())) return { ...nothing, problem: this.#stuck() };

      const calls = execution.takeIssued();
      const state = execution.outcome;
      const facts = local.map(({ event }) => event);
      if (!isFirst && delivered.length === 0 && calls.length === 0 && state === null)
        return { ...nothing, events: facts };
      this.#n += 1;
      const elapsedMs = Math.max(0, Math.round(execution.logicalTime - createdAt));
      const turn = this.#assemble({ isFirst, delivered, calls, state, facts, elapsedMs });
      return turn instanceof Promise ? await turn : turn; // a promise costs more than the rest of it
    } finally {
      this.isTaking = false;
    }
  }

  /** Nothing is open and the flow has not ended: it waits for foreign work, or for ever. */
  #mayBeStuck(): boolean {
    const { execution } = this.#options;
    const isIdle = execution.outcome === null && !execution.hasIssued && execution.openCount === 0;
    return isIdle && !execution.isDropped && !(execution.conditions.count > 0 && execution.hasAnswers);
  }

  async #isStuck(): Promise<boolean> {
    const { execution, ports, limits } = this.#options;
    for (let waitedMs = 0; this.#mayBeStuck(); waitedMs += foreignStepMs) {
      if (waitedMs >= limits.foreignMs) return true;
      await new Promise<void>((resolve) => {
        ports.clock.after(foreignStepMs, resolve);
      });
      await execution.drain();
    }
    return false;
  }

  #stuck(): ReplayDiverged {
    const { info, codeHash } = this.#options;
    const place = { run: info.id, flow: info.flow, codeHash, turn: null };
    const actual = "a promise that is none of Millrace's";
    return new ReplayDiverged({ ...place, code: "E_STUCK", recorded: "", actual });
  }

  #assemble(turn: Decided): TakenTurn | Promise<TakenTurn> {
    const { info, queue, ports, results } = this.#options;
    const target = { run: info.id, queue, payloads: ports.payloads, newRunId: ports.newRunId, results };
    const book: Book = { events: this.#begin(turn), refused: new Map(), target };
    for (const [index, call] of turn.calls.entries()) {
      const event = recordCall(call, target, book.refused);
      if (event instanceof Promise) return this.#assembleRest(turn, book, { index, event });
      book.events.push(event);
    }
    return this.#conclude(turn, book);
  }

  /** Where a call has to wait for the payload store, one call is recorded after the other. */
  async #assembleRest(
    turn: Decided,
    book: Book,
    { index, event }: { readonly index: number; readonly event: Promise<Event> },
  ): Promise<TakenTurn> {
    book.events.push(await event);
    for (const call of turn.calls.slice(index + 1))
      book.events.push(await recordCall(call, book.target, book.refused));
    return this.#conclude(turn, book);
  }

  #conclude({ calls, state }: Decided, { events, refused, target }: Book): TakenTurn | Promise<TakenTurn> {
    if (state !== null) return this.#finish(state, { before: events, calls }, target);
    return { ...nothing, events, calls, refused, dueInMs: earliest(calls), cancels: cancelledBy(calls) };
  }

  /** What stands before the calls of a turn. */
  #begin({ isFirst, facts, elapsedMs, delivered, state }: Decided): Event[] {
    const { created, epoch, codeHash, startedInput, inputIsValid, history } = this.#options;
    const events: Event[] = [];
    if (isFirst && created !== null) events.push(created);
    events.push(...facts);
    const done = state !== null;
    events.push(
      TurnTaken.make({ n: this.#n, epoch, elapsedMs, codeHash, flags: currentFlags, delivered, done }),
    );
    const isStart = isFirst && inputIsValid && (history === null || history.attempt === 1);
    if (isStart) events.push(RunStarted.make({ input: startedInput }));
    return events;
  }

  async #finish(
    state: FinalState,
    { before, calls }: { readonly before: readonly Event[]; readonly calls: readonly Call[] },
    target: DecisionTarget,
  ): Promise<TakenTurn> {
    const { retry, history, hasParent, hasHooks, hasChildren, execution, ports } = this.#options;
    const attempt = { retry, attempt: history?.attempt ?? 1, clock: ports.clock };
    const end = await recordEnd(state, target, { ...attempt, isCancelled: execution.isCancelled });
    const endsOthers = hasParent || hasHooks || end.next !== null || hasChildren() || calls.some(isChild);
    const dueInMs = endsOthers && end.state !== null ? tellInMs : null;
    const events = [...before, ...end.events];
    if (end.state !== null) return { ...nothing, ...end, endsOthers, dueInMs, events };
    const cancels = [...cancelledBy(calls), ...execution.openCalls.map(({ key }) => key)];
    return { ...nothing, ...end, calls, cancels, events }; // nobody waits for what this attempt began
  }
}

interface Decided {
  readonly isFirst: boolean;
  readonly delivered: readonly number[];
  readonly calls: readonly Call[];
  readonly state: FinalState | null;
  readonly facts: readonly Event[];
  readonly elapsedMs: number;
}

/** What a turn's events are collected in. */
interface Book {
  readonly events: Event[];
  readonly refused: Map<string, Error>;
  readonly target: DecisionTarget;
}
