import type { RecordedEvent } from "../events/envelope.ts";
import type { LineLevel, RunLine } from "../observe/run-line.ts";
import type { RunLogger } from "../sdk/context.ts";
import { toRunLogger } from "./run-logger.ts";

/**
 * The log of a flow's code. Lines are held back until the turn that wrote them is recorded, and lines of a replay are
 * dropped: each line comes once, after what led to it and before what follows from it, whatever crashes.
 */
export class TurnLog {
  readonly log: RunLogger;
  readonly #write: (line: RunLine) => void;
  #lines: { level: LineLevel; message: string; fields: Readonly<Record<string, unknown>> }[] = [];

  constructor(write: (line: RunLine) => void, isLive: () => boolean) {
    this.#write = write;
    this.log = toRunLogger((level, message, fields) => {
      if (isLive()) this.#lines.push({ level, message, fields });
    });
  }

  /** Shows what was recorded in one commit, with the lines where they belong. */
  show(recorded: readonly RecordedEvent[], observe: (events: readonly RecordedEvent[]) => void): void {
    if (this.#lines.length === 0) {
      observe(recorded);
      return;
    }
    const begun = recorded.findLastIndex(({ type }) => type === "TurnTaken" || type === "RunStarted");
    const cut = begun < 0 ? recorded.length : begun + 1;
    observe(recorded.slice(0, cut));
    const last = recorded[cut - 1];
    if (last === undefined) return;
    const { position: after, recordedAt: time } = last;
    for (const line of this.#lines.splice(0)) this.#write({ ...line, time, task: null, attempt: 0, after });
    if (cut < recorded.length) observe(recorded.slice(cut));
  }
}
