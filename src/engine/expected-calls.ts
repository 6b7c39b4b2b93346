import type { NewCall, NewNote } from "./calls.ts";
import type { RecordedCall } from "./history.ts";
import { isSameCall } from "./same-call.ts";

const none: readonly RecordedCall[] = [];

/**
 * The calls of the turn that is being repeated. Each call of the code is held against the next one of them when it is
 * made: one that is the same in every respect needs no other look, and nobody asks where in the code it was made.
 */
export class ExpectedCalls {
  #calls = none;
  #made = 0;
  #met = 0;

  expect(calls: readonly RecordedCall[]): void {
    this.#calls = calls;
    this.#made = 0;
    this.#met = 0;
  }

  /** Tells whether a call is the one that was recorded in its place. */
  meet(call: NewCall | NewNote, after: number): boolean {
    const recorded = this.#calls[this.#made];
    this.#made += 1;
    if (recorded === undefined || recorded.data.after !== after || !isSameCall(recorded, call)) return false;
    this.#met += 1;
    return true;
  }

  /** The recorded code made its next call before it was given the fact of this index. */
  isBehind(ordinal: number): boolean {
    const next = this.#calls[this.#made];
    return next !== undefined && next.data.after < ordinal;
  }

  /** The code made these calls, in this order, and no others. */
  get areMet(): boolean {
    return this.#met === this.#calls.length && this.#made === this.#met;
  }
}
