import type { RecordedEvent } from "../events/envelope.ts";
import {
  type StepCall as Call,
  type StepEnd as End,
  type StepFact as Fact,
  isStepCall,
  isStepEnd,
  isStepFact,
} from "./step-events.ts";

/** What a flow was given, what it did, and how it ended: one thing after another, without times and processes. */
export type RunStep =
  | {
      readonly kind: "input";
      readonly turn: number;
      readonly event: RecordedEvent<"RunCreated" | "RunPostponed" | "RunStarted">;
    }
  | { readonly kind: "call"; readonly turn: number; readonly event: Call }
  | { readonly kind: "fact"; readonly turn: number; readonly event: Fact }
  | { readonly kind: "end"; readonly turn: number; readonly event: End };

interface OpenTurn {
  readonly n: number;
  readonly delivered: readonly Fact[];
  readonly calls: Call[];
}

/**
 * The steps of a run, in the order in which its code saw them. How the facts were shared out among turns makes no
 * difference, as that depends on time: each call comes after the fact that led to it.
 */
export function stepsOf(events: readonly RecordedEvent[]): readonly RunStep[] {
  const reader = new StepReader();
  for (const event of events) reader.add(event);
  return reader.finish();
}

class StepReader {
  readonly #facts = new Map<number, Fact>();
  readonly #steps: RunStep[] = [];
  #input: RecordedEvent<"RunCreated" | "RunPostponed" | "RunStarted"> | null = null;
  #turn: OpenTurn | null = null;
  #lastTurn = 0; // that an end closed

  add(event: RecordedEvent): void {
    if (isStepFact(event)) this.#facts.set(event.position, event);
    else if (isStepCall(event)) this.#turn?.calls.push(event);
    else if (isStepEnd(event)) this.#end(event);
    else if (event.type === "RunCreated" || event.type === "RunPostponed") this.#input = event;
    else if (event.type === "RunStarted") this.#input = event.data.input === null ? this.#input : event;
    else if (event.type === "TurnTaken") {
      this.#close();
      this.#turn = { n: event.data.n, delivered: this.#take(event), calls: [] };
    }
  }

  finish(): readonly RunStep[] {
    this.#close();
    return this.#input === null
      ? this.#steps
      : [{ kind: "input", turn: 0, event: this.#input }, ...this.#steps];
  }

  #take({ position, data }: RecordedEvent<"TurnTaken">): readonly Fact[] {
    return data.delivered.flatMap((mark) => this.#facts.get(mark > 0 ? mark : position + mark) ?? []);
  }

  #close(): void {
    if (this.#turn === null) return;
    const { n: turn, delivered, calls } = this.#turn;
    let next = 0;
    const putCalls = (after: number): void => {
      for (let call = calls[next]; call !== undefined && call.data.after <= after; call = calls[next]) {
        this.#steps.push({ kind: "call", turn, event: call });
        next += 1;
      }
    };
    putCalls(-1);
    for (const [index, event] of delivered.entries()) {
      this.#steps.push({ kind: "fact", turn, event });
      putCalls(index);
    }
    putCalls(Number.POSITIVE_INFINITY); // none are left in a history that is whole
    this.#turn = null;
  }

  #end(event: End): void {
    const turn = this.#turn?.n ?? this.#lastTurn;
    this.#close();
    this.#steps.push({ kind: "end", turn, event });
    this.#lastTurn = turn;
  }
}
