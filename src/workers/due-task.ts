import type { Settlement, TaskCall } from "../engine/calls.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { RunPorts } from "./run-ports.ts";

/** Something that happened in this process and is not recorded yet. */
export interface LocalFact {
  readonly event: Event;
  readonly settles: { readonly key: string; readonly settlement: Settlement } | null; // null = nothing to deliver
  readonly next: DueTask | null; // what follows once the event is recorded; null = nothing
}

/** Where the calls of a run are done. */
export interface OpenWorkOptions {
  readonly run: RunInfo;
  readonly epoch: number;
  readonly ports: RunPorts;
  readonly stop: AbortSignal; // the run is not this process's any more
  readonly onFact: (fact: LocalFact) => void;
  readonly onNews: () => void; // there is something to look at
  readonly onTrouble: (error: unknown) => void;
}

/** A task as it was scheduled, with where its next attempt stands. */
export interface DueTask {
  readonly call: TaskCall;
  readonly scheduled: RecordedEvent<"TaskScheduled">;
  readonly attempt: number; // the next one
  readonly delayMs: number; // 0 = at once
  readonly crashes: number; // attempts whose worker died; they do not count as failures
  readonly ageMs: number; // since it was scheduled
  readonly heartbeat: Payload | null; // details of the newest heartbeat of an earlier attempt; null = none
  readonly heartbeatAt: number | null; // position of the event that has them
}
