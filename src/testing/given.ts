import { recordError } from "../base/recorded-error.ts";
import type { Event } from "../events/catalog.ts";
import { encodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { SignalReceived } from "../events/signal-events.ts";
import { TaskCompleted, TaskFailed } from "../events/task-events.ts";
import { TimerFired } from "../events/timer-events.ts";
import type { Flow } from "../sdk/flow.ts";
import type { Ask } from "./asks.ts";
import { Rehearsal } from "./rehearsal.ts";

/** How a flow came to where it is. */
type Beginning = { readonly input: unknown } | { readonly events: readonly RecordedEvent[] };

/** A flow with what it was given so far. Nothing runs before somebody asks; every step is a new one. */
export class Given<Result> {
  readonly #flow: Flow<never, Result>;
  readonly #beginning: Beginning;
  readonly #facts: readonly Event[];

  constructor(flow: Flow<never, Result>, beginning: Beginning, facts: readonly Event[] = []) {
    this.#flow = flow;
    this.#beginning = beginning;
    this.#facts = facts;
  }

  /** The task returned. */
  completed(key: string, value?: unknown): Given<Result> {
    return this.when(TaskCompleted.make({ key, attempt: 1, output: encodeValue(value) }));
  }

  /** The task failed for good. */
  failed(key: string, error: Error | string): Given<Result> {
    const recorded = recordError(typeof error === "string" ? new Error(error) : error);
    return this.when(TaskFailed.make({ key, attempt: 1, error: recorded, name: "Failed" }));
  }

  /** The sleep is over. */
  fired(key: string): Given<Result> {
    return this.when(TimerFired.make({ key }));
  }

  /** Somebody sent a signal. */
  signal(name: string, payload?: unknown): Given<Result> {
    const id = `given-${this.#facts.length}`;
    return this.when(SignalReceived.make({ name, id, payload: encodeValue(payload) }));
  }

  /** Any fact of `millrace/events`. */
  when(fact: Event): Given<Result> {
    return new Given(this.#flow, this.#beginning, [...this.#facts, fact]);
  }

  /**
   * What the flow asks for now, and waits for; empty when it has ended.
   * @throws EngineError COMMAND_REFUSED when it does not wait for a fact, REPLAY_DIVERGED when it does not repeat the history
   */
  async asks(): Promise<readonly Ask[]> {
    return this.#play((rehearsal) => rehearsal.asks);
  }

  /**
   * What the flow returns. Rejects with its error.
   * @throws EngineError COMMAND_REFUSED when it has not ended, and as `asks`
   */
  async result(): Promise<Result> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the flow's types end at the log
    return this.#play((rehearsal) => rehearsal.result() as Result);
  }

  async #play<T>(look: (rehearsal: Rehearsal) => T): Promise<T> {
    const { spec } = this.#flow;
    const rehearsal =
      "events" in this.#beginning
        ? await Rehearsal.repeat(spec, this.#beginning.events)
        : await Rehearsal.begin(spec, this.#beginning.input);
    try {
      for (const fact of this.#facts) await rehearsal.give(fact);
      return look(rehearsal);
    } finally {
      rehearsal.end();
    }
  }
}

/** A flow that was called with this input. Its tasks do not run: you say how they end. Without Redis. */
export function given<Args extends readonly unknown[], Result>(
  flow: Flow<Args, Result>,
  ...args: Args
): Given<Result> {
  return new Given(flow, { input: args[0] });
}

/** A flow that has this history: what a run recorded, from its beginning. */
export function givenHistory<Args extends readonly unknown[], Result>(
  flow: Flow<Args, Result>,
  events: readonly RecordedEvent[],
): Given<Result> {
  return new Given(flow, { events });
}
