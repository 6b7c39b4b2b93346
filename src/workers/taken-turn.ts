import type { Call } from "../engine/calls.ts";
import type { ReplayDiverged } from "../engine/divergence.ts";
import type { FinalState } from "../engine/final-state.ts";
import type { Event } from "../events/catalog.ts";

/** What a turn decided, ready to be committed. */
export interface TakenTurn {
  readonly events: readonly Event[]; // empty = nothing happened
  readonly calls: readonly Call[];
  readonly refused: ReadonlyMap<string, Error>; // calls that are recorded and have failed already, by key
  readonly dueInMs: number | null; // the earliest new sleep; at an end, when others must have heard of it
  readonly cancels: readonly string[]; // keys of calls that the flow does not wait for any more
  readonly state: FinalState | null; // the flow has ended
  readonly retryInMs: number | null; // the flow failed and begins again; null = it does not
  readonly endsOthers: boolean; // somebody else has to hear of the end: a parent, children, the next run
  readonly problem: ReplayDiverged | null; // the run must be blocked; nothing else counts then
}

/** A turn in which nothing happened. */
export const nothing: TakenTurn = {
  events: [],
  calls: [],
  refused: new Map(),
  dueInMs: null,
  cancels: [],
  state: null,
  retryInMs: null,
  endsOthers: false,
  problem: null,
};

export function isChild({ kind }: Call): boolean {
  return kind === "child";
}

/** Keys of what the flow does not wait for any more. */
export function cancelledBy(calls: readonly Call[]): readonly string[] {
  const cancelled = calls.filter(({ kind }) => kind === "cancel");
  return cancelled.length === 0 ? nothing.cancels : cancelled.map(({ key }) => key);
}

/** The earliest new sleep, ms; null = there is none. */
export function earliest(calls: readonly Call[]): number | null {
  let earliestMs: number | null = null;
  for (const call of calls) {
    if (call.kind === "timer") earliestMs = earliestMs === null ? call.ms : Math.min(earliestMs, call.ms);
  }
  return earliestMs;
}
