import { reviveError } from "../base/recorded-error.ts";
import type { Call, Settlement } from "../engine/calls.ts";
import { ReplayDiverged } from "../engine/divergence.ts";
import type { Execution } from "../engine/execution.ts";
import type { FinalState } from "../engine/final-state.ts";
import { currentFlags } from "../engine/flags.ts";
import type { Fact } from "../engine/history.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue } from "../events/codec.ts";
import { RunStarted } from "../events/run-events.ts";
import { TurnTaken } from "../events/turn-events.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { LocalFact } from "./open-work.ts";
import { recordCall, recordEnding } from "./record-decision.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";

/** What a turn decided, ready to be committed. */
export interface TakenTurn {
  readonly events: readonly Event[]; // empty = nothing happened
  readonly calls: readonly Call[];
  readonly refused: ReadonlyMap<string, Error>; // calls that are recorded and have failed already, by key
  readonly dueInMs: number | null; // the earliest new sleep
  readonly state: FinalState | null; // the flow has ended
  readonly problem: ReplayDiverged | null; // the run must be blocked; nothing else counts then
}

export interface TurnTakerOptions {
  readonly info: RunInfo;
  readonly queue: string; // of the run; submitted tasks go there unless they name their own
  readonly codeHash: string;
  readonly createdAt: number;
  readonly epoch: number;
  readonly turnsTaken: number;
  readonly created: Event<"RunCreated"> | null; // to be written with the first turn; null = it is recorded
  readonly startedInput: Uint8Array | null; // the validated input, where it differs from the given one
  readonly inputIsValid: boolean;
  readonly body: () => Promise<FinalState>;
  readonly execution: Execution;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
}

const foreignStepMs = 5;

/** Lets the flow's code go on with the facts that there are, and writes down what it decided. */
export class TurnTaker {
  readonly #options: TurnTakerOptions;
  readonly #settlements = new Map<number, Settlement>();
  #n: number;
  isTaking = false;

  constructor(options: TurnTakerOptions) {
    this.#options = options;
    this.#n = options.turnsTaken;
  }

  get info(): RunInfo {
    return this.#options.info;
  }

  get codeHash(): string {
    return this.#options.codeHash;
  }

  /** Fetches and decodes what facts hold, so that a delivery never waits. */
  async load(facts: readonly Fact[]): Promise<void> {
    const { ports, info } = this.#options;
    const outputs = facts.map((fact) =>
      fact.type === "TaskCompleted" ? fact.data.output : new Uint8Array(),
    );
    const bytes = await ports.payloads.get(info.id, outputs);
    for (const [index, fact] of facts.entries()) {
      this.#settlements.set(fact.position, toSettlement(fact, bytes[index] ?? new Uint8Array()));
    }
  }

  settlementOf(fact: Fact): Settlement {
    return this.#settlements.get(fact.position) ?? { ok: true, value: undefined };
  }

  async take(inbox: readonly Fact[], local: readonly LocalFact[]): Promise<TakenTurn> {
    const { execution, ports, createdAt, body } = this.#options;
    this.isTaking = true;
    try {
      const isFirst = this.#n === 0 && execution.outcome === null && !execution.isStarted;
      execution.beginTurn(Math.max(ports.clock.now(), execution.logicalTime));
      if (isFirst) await execution.start(body);
      const delivered: number[] = [];
      for (const { key, settlement, mark } of this.#deliveries(inbox, local)) {
        if (!execution.settle(key, settlement, delivered.length)) continue;
        await execution.drain();
        delivered.push(mark);
      }
      if (this.#mayBeStuck() && (await this.#isStuck())) return { ...nothing, problem: this.#stuck() };

      const calls = execution.takeIssued();
      const state = execution.outcome;
      const facts = local.map(({ event }) => event);
      if (!isFirst && delivered.length === 0 && calls.length === 0 && state === null)
        return { ...nothing, events: facts };
      this.#n += 1;
      const elapsedMs = Math.max(0, Math.round(execution.logicalTime - createdAt));
      return await this.#assemble({ isFirst, delivered, calls, state, facts, elapsedMs });
    } finally {
      this.isTaking = false;
    }
  }

  #deliveries(inbox: readonly Fact[], local: readonly LocalFact[]): readonly Delivery[] {
    const deliveries: Delivery[] = [];
    for (const fact of inbox) {
      deliveries.push({ key: fact.data.key, settlement: this.settlementOf(fact), mark: fact.position });
      this.#settlements.delete(fact.position);
    }
    for (const [index, { settles }] of local.entries()) {
      if (settles !== null)
        deliveries.push({ key: settles.key, settlement: settles.settlement, mark: index - local.length });
    }
    return deliveries;
  }

  /** Nothing is open and the flow has not ended: it waits for foreign work, or for ever. */
  #mayBeStuck(): boolean {
    const { execution } = this.#options;
    return (
      execution.outcome === null && !execution.hasIssued && execution.openCount === 0 && !execution.isDropped
    );
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

  async #assemble(turn: Decided): Promise<TakenTurn> {
    const { created, epoch, codeHash, startedInput, inputIsValid } = this.#options;
    const events: Event[] = [];
    if (turn.isFirst && created !== null) events.push(created);
    events.push(...turn.facts);
    const { elapsedMs, delivered, state } = turn;
    const done = state !== null;
    events.push(
      TurnTaken.make({ n: this.#n, epoch, elapsedMs, codeHash, flags: currentFlags, delivered, done }),
    );
    if (turn.isFirst && inputIsValid) events.push(RunStarted.make({ input: startedInput }));

    const { info, queue, ports } = this.#options;
    const target = { run: info.id, queue, payloads: ports.payloads };
    const refused = new Map<string, Error>();
    for (const call of turn.calls) {
      const event = recordCall(call, target, refused);
      events.push(event instanceof Promise ? await event : event); // a promise costs more than the rest of it
    }
    if (state === null)
      return { ...nothing, events, calls: turn.calls, refused, dueInMs: earliest(turn.calls) };
    const { ending, final } = await recordEnding(state, target);
    return { ...nothing, events: [...events, ending], calls: [], state: final };
  }
}

interface Delivery {
  readonly key: string;
  readonly settlement: Settlement;
  readonly mark: number; // as in TurnTaken.delivered
}

interface Decided {
  readonly isFirst: boolean;
  readonly delivered: readonly number[];
  readonly calls: readonly Call[];
  readonly state: FinalState | null;
  readonly facts: readonly Event[];
  readonly elapsedMs: number;
}

const nothing: TakenTurn = {
  events: [],
  calls: [],
  refused: new Map(),
  dueInMs: null,
  state: null,
  problem: null,
};

function earliest(calls: readonly Call[]): number | null {
  let earliestMs: number | null = null;
  for (const call of calls) {
    if (call.kind === "timer") earliestMs = earliestMs === null ? call.ms : Math.min(earliestMs, call.ms);
  }
  return earliestMs;
}

function toSettlement(fact: Fact, bytes: Uint8Array): Settlement {
  if (fact.type === "TimerFired") return { ok: true, value: undefined };
  if (fact.type === "TaskFailed") return { ok: false, error: reviveError(fact.data.error) };
  return { ok: true, value: decodeValue(bytes, `The result of task ${fact.data.key}`) };
}
