import type { RecordedEvent } from "../../../src/events/envelope.ts";
import type { FactPicture, RunPicture } from "../../../src/projections/run-picture.ts";
import { type CallRef, callsOf } from "../timeline/calls.ts";

/** Calls, and which of them the flow had been given before it made which other ones. */
export interface CallGraph {
  readonly calls: readonly CallRef[];
  readonly links: readonly Link[];
}

/** Each of the first comes before each of the second; pairs would be too many where a wide map follows another. */
export interface Link {
  readonly from: readonly number[]; // indexes of calls
  readonly to: number[];
}

/**
 * What led to what, as the log knows it: a call comes after the facts that its turn had given to the flow by then, and
 * after those of earlier turns that led to no call so far (the other branches of a `Promise.all`). Facts of another scope
 * do not count when there are some of its own. O(calls + facts).
 */
export function callGraphOf(
  picture: RunPicture,
  eventAt: (position: number) => RecordedEvent | null,
): CallGraph {
  const calls = callsOf(picture);
  const indexes = new Map(calls.map(({ key }, index) => [key, index]));
  const keyOfSignal = new Map([...picture.waits.values()].map(({ key, received }) => [received, key]));
  const callOf = (fact: FactPicture): readonly number[] => {
    const key = fact.type === "SignalReceived" ? keyOfSignal.get(fact.position) : fact.key;
    const index = indexes.get(key ?? "");
    return index === undefined ? [] : [index];
  };
  const links = new LinkBook(calls);
  let waiting: readonly number[] = []; // calls whose answers have led to nothing yet
  for (const { asked, delivered } of picture.turns) {
    let given = 0;
    for (const key of asked) {
      const to = indexes.get(key);
      if (to === undefined) continue;
      const after = afterOf(eventAt(calls[to]?.position ?? 0));
      const fresh = delivered.slice(given, after + 1).flatMap(callOf);
      given = Math.max(given, after + 1);
      if (fresh.length > 0 || waiting.length > 0) links.become([...waiting, ...fresh]);
      waiting = [];
      links.add(to);
    }
    const rest = delivered.slice(given).flatMap(callOf);
    if (rest.length > 0) waiting = [...waiting, ...rest];
  }
  return { calls, links: links.all };
}

/** Calls that come after the same facts share a link for each scope. */
class LinkBook {
  readonly all: Link[] = [];
  readonly #calls: readonly CallRef[];
  #causes: readonly number[] = [];
  #byScope = new Map<string, Link>();

  constructor(calls: readonly CallRef[]) {
    this.#calls = calls;
  }

  /** What the next calls come after. */
  become(causes: readonly number[]): void {
    this.#causes = causes;
    this.#byScope = new Map();
  }

  add(to: number): void {
    if (this.#causes.length === 0) return;
    const scope = scopeOf(this.#calls[to]?.key ?? "");
    let link = this.#byScope.get(scope);
    if (link === undefined) {
      const own = this.#causes.filter((from) => scopeOf(this.#calls[from]?.key ?? "").startsWith(scope));
      link = { from: own.length > 0 ? own : this.#causes, to: [] };
      this.#byScope.set(scope, link);
      this.all.push(link);
    }
    link.to.push(to);
  }
}

/** The index among its turn's facts of the one that led to a call; -1 = none did. */
function afterOf(event: RecordedEvent | null): number {
  return event !== null && "after" in event.data ? event.data.after : -1;
}

/** "branch#1/" of "branch#1/fetch#2"; "" = the root of the flow. */
function scopeOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}
