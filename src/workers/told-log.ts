import type { RunLog } from "../engine/run-log.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { insist, type Patience, PatientLog } from "./patient-log.ts";

/** The log of the owner of a run: what a wake-up has told, is not read. */
export class ToldLog extends PatientLog {
  readonly #told: RunLog;
  readonly #wait: Patience;

  constructor(log: RunLog, patience: Patience) {
    super(log, patience);
    this.#told = log;
    this.#wait = patience;
  }

  override readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    const log = this.#told;
    return insist(async () => log.readTold?.(run, seen) ?? log.readAfter(run, seen), this.#wait);
  }
}
