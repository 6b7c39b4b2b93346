import { EngineError } from "../base/errors.ts";
import { toUlid } from "../base/ids.ts";
import type { FinalState } from "../engine/final-state.ts";
import { type Fact, type History, isFact } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import type { PayloadStore, RunLog } from "../engine/run-log.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { toRecorded } from "../events/to-recorded.ts";
import { type CheckedInput, checkInput } from "../workers/check-input.ts";
import { type Clock, systemClock } from "../workers/clock.ts";
import { toCreated } from "../workers/create-run.ts";
import { type OpenedRun, openRun } from "../workers/open-run.ts";
import { recordedInput } from "../workers/recorded-values.ts";
import { repeatTurns } from "../workers/repeat-turns.ts";
import { toResult } from "../workers/run-here.ts";
import { defaultLimits, type RunPorts } from "../workers/run-ports.ts";
import { type Ask, askOf } from "./asks.ts";

const limits = { ...defaultLimits, foreignMs: 1_000, alwaysReplay: false };
const begunAt = Date.UTC(2026, 0, 1);

const inline: PayloadStore = {
  put: (_run, bytes) => bytes,
  get: async (run, payloads) =>
    payloads.map((payload) => {
      if (payload instanceof Uint8Array) return payload;
      const text = `A value of ${payload[1]} bytes of run ${run} lies beside its stream, and is not here.`;
      throw new EngineError("PAYLOAD_MISSING", text, { run });
    }),
};

/** The code of a flow with the real engine, and facts that somebody makes up; nothing is run, nothing is written. */
export class Rehearsal {
  readonly #run: string;
  readonly #opened: OpenedRun;
  readonly #asked = new Map<string, Ask>();
  readonly #dueAt = new Map<string, number>();
  readonly #time: { now: number };
  #position: number;
  #state: FinalState | null = null;

  private constructor(run: string, opened: OpenedRun, time: { now: number }, position: number) {
    this.#run = run;
    this.#opened = opened;
    this.#time = time;
    this.#position = position;
  }

  static async begin(spec: FlowSpec, given: unknown): Promise<Rehearsal> {
    const time = { now: begunAt };
    const { name: flow, queue, tags } = spec;
    const at = { run: toUlid(begunAt, new Uint8Array(10)), now: () => begunAt };
    const { run, created } = await toCreated(
      { flow, input: given, queue, tags, name: null, source: null },
      inline,
      at,
    );
    const input = await checkInput(spec, given);
    const opened = open(spec, { created, run, input, history: null }, time);
    const rehearsal = new Rehearsal(run, opened, time, 0);
    await rehearsal.#take([]);
    return rehearsal;
  }

  static async repeat(spec: FlowSpec, events: readonly RecordedEvent[]): Promise<Rehearsal> {
    const history = readHistory(events);
    const { created, position } = history;
    const time = { now: events.at(-1)?.recordedAt ?? begunAt };
    const input = await recordedInput(history, spec, { payloads: inline });
    const opened = open(spec, { created, run: created.run, input, history }, time);
    const ports = { payloads: inline, clock: clockOf(time) };
    const problem = await repeatTurns(opened, history, { spec, ports, limits });
    if (problem !== null) throw problem;
    const rehearsal = new Rehearsal(created.run, opened, time, position);
    for (const { calls } of history.turns) rehearsal.#note(calls);
    rehearsal.#state = opened.execution.outcome;
    if (rehearsal.#state === null && (history.turns.length === 0 || history.inbox.length > 0))
      await rehearsal.#take(history.inbox);
    return rehearsal;
  }

  /** @throws EngineError COMMAND_REFUSED when the flow does not wait for this */
  async give(fact: Event): Promise<void> {
    const { execution, turns } = this.#opened;
    const key = "key" in fact.data ? fact.data.key : null;
    if (this.#state !== null || (key !== null && !execution.isOpen(key))) throw this.#notAsked(fact, key);
    this.#position += 1;
    this.#time.now = Math.max(this.#time.now, this.#dueAt.get(key ?? "") ?? 0);
    const place = { run: this.#run, position: this.#position, recordedAt: this.#time.now, actor: "given" };
    const recorded = toRecorded(fact, place);
    if (!isFact(recorded)) throw this.#notAsked(fact, key);
    await turns.load([recorded]);
    await this.#take([recorded]);
  }

  get asks(): readonly Ask[] {
    if (this.#state !== null) return [];
    return [...this.#asked.values()].filter(({ key }) => this.#opened.execution.isOpen(key));
  }

  /** What the flow returned. @throws its error, or COMMAND_REFUSED when it has not ended */
  result(): unknown {
    if (this.#state !== null) return toResult({ how: "ended", state: this.#state, endsOthers: false });
    throw new EngineError("COMMAND_REFUSED", `The flow has not ended: it waits for ${this.#waitsFor()}.`);
  }

  /** Lets go of the code. */
  end(): void {
    this.#opened.live.drop(new Error("The rehearsal is over."));
  }

  async #take(facts: readonly Fact[]): Promise<void> {
    const { events, state, problem } = await this.#opened.turns.take(facts, []);
    if (problem !== null) throw problem;
    this.#position += events.length;
    this.#note(events);
    this.#state = state;
  }

  #note(events: readonly Event[]): void {
    for (const event of events) {
      const ask = askOf(event);
      if (ask !== null) this.#asked.set(ask.key, ask);
      if (event.type === "TimerStarted") this.#dueAt.set(event.data.key, this.#time.now + event.data.ms);
    }
  }

  #waitsFor(): string {
    const keys = this.asks.map(({ key }) => key);
    return keys.length === 0 ? "nothing" : keys.join(", ");
  }

  #notAsked({ type }: Event, key: string | null): EngineError {
    const what = key === null ? type : `${type} of ${key}`;
    const why = this.#state === null ? `it waits for ${this.#waitsFor()}` : "it has ended";
    return new EngineError("COMMAND_REFUSED", `The flow cannot be given ${what}: ${why}.`, { type, key });
  }
}

interface Opening {
  readonly created: Event<"RunCreated">;
  readonly run: string;
  readonly input: CheckedInput;
  readonly history: History | null;
}

function open(spec: FlowSpec, opening: Opening, time: { readonly now: number }): OpenedRun {
  const ports = portsOf(time);
  const epoch = (opening.history?.epoch ?? 0) + 1;
  const opened: OpenedRun = openRun({
    ...opening,
    spec,
    owner: { worker: ports.worker, epoch },
    ports,
    limits,
    onTrouble: (error) => opened.live.drop(error),
  });
  return opened;
}

/** Time that only sleeps move; waiting for foreign work is real. */
function clockOf(time: { readonly now: number }): Clock {
  return { ...systemClock, now: () => time.now, chance: () => 0.5 };
}

function portsOf(time: { readonly now: number }): RunPorts {
  const refuse = (): never => {
    throw new Error("A rehearsal was about to have an effect.");
  };
  let born = 0;
  const newRunId = (): string => {
    born += 1;
    return toUlid(begunAt, new Uint8Array(10).fill(born));
  };
  return {
    worker: "rehearsal",
    log: noLog(refuse),
    payloads: inline,
    clock: clockOf(time),
    hintTasks: refuse,
    startChild: refuse,
    cancelRun: refuse,
    cancelTasks: refuse,
    newRunId,
    observe: () => undefined,
    write: () => undefined,
  };
}

function noLog(refuse: () => never): RunLog {
  const reading = { claim: refuse, readAfter: refuse };
  return { ...reading, create: refuse, commit: refuse, append: refuse, reopen: refuse, leave: refuse };
}
