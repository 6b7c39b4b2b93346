import type { Failure } from "./programs.ts";
import type { Zone } from "./reference-zones.ts";

interface Take {
  readonly zone: Zone; // in which the cancellation was pending
  readonly frame: object; // the part of the program that learned of it
}

/**
 * Who learns of a pending cancellation: the first call in its zone. Where two parts of a program go on at one instant,
 * which of them calls first is left to the order of microtasks, and nobody promises it.
 */
export class PendingTakes {
  readonly #frames: object[] = []; // parts of the program that go on right now; an inner one follows from an outer one
  #takes: Take[] = []; // of this instant

  beginInstant(): void {
    this.#takes = [];
  }

  /** A part of the program goes on; whatever follows from that happens within. */
  within(goOn: () => void): void {
    this.#frames.push({});
    try {
      goOn();
    } finally {
      this.#frames.pop();
    }
  }

  take(zone: Zone): Failure | null {
    const found = zone.takePending();
    const frame = this.#frames.at(-1);
    if (found !== null && frame !== undefined) this.#takes.push({ zone: found.zone, frame });
    return found?.failure ?? null;
  }

  /** A call in `zone` might have come before one that learned of a cancellation, and have learned of it instead. */
  mightHaveTaken(zone: Zone): boolean {
    return this.#takes.some((take) => take.zone.reaches(zone) && !this.#frames.includes(take.frame));
  }
}
