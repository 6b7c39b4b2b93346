import type { ResultCache } from "../engine/result-cache.ts";
import type { PayloadStore, RunLog } from "../engine/run-log.ts";
import type { FlowSpec, TaskSpec } from "../engine/specs.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import type { RunLine } from "../observe/run-line.ts";
import type { Beats } from "../redis/beats.ts";
import type { SlotRequest } from "../redis/exchange-slots.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { Clock } from "./clock.ts";
import type { LimitPlace } from "./limit-place.ts";

/** The rules of a task that count outside of its run. */
export interface HintRules {
  readonly limits: readonly string[]; // as TaskRules has them
  readonly priority: number | null;
}

/** An attempt of a queued task that should run somewhere; only a hint, and safe to give twice. */
export interface TaskHint {
  readonly run: string;
  readonly flow: string;
  readonly queue: string;
  readonly task: string; // name of its definition
  readonly key: string;
  readonly position: number; // of its TaskScheduled event
  readonly attempt: number;
  readonly delayMs: number; // 0 = at once
  readonly crashes: number; // earlier attempts whose worker died
  readonly maxCrashes?: number | undefined; // missing = the usual number
  readonly isTimed?: true | undefined; // others may end the task before its attempt begins
  readonly heartbeatAt?: number | undefined; // position of the event with the newest heartbeat of an earlier attempt
  readonly isAgain?: true | undefined; // the attempt was given back: a heartbeat may be kept
  readonly rules?: HintRules | undefined; // undefined = none
}

/** A child run that must exist. */
export interface ChildStart {
  readonly run: string; // its id
  readonly parent: { readonly run: string; readonly key: string };
  readonly root: string; // the run at the top of the tree
  readonly flow: FlowSpec;
  readonly name: string | null; // null = two friendly words
  readonly queue: string | null; // null = in this process
  readonly parentQueue: string;
  readonly input: Payload;
  readonly traceparent: string | null;
}
/** Where details of heartbeats are kept for the next attempt of a task in the owner's process. */
export type BeatKeeper = Pick<Beats, "keep" | "kept" | "forget">;

/** What the owner of a run needs from the outside. */
export interface RunPorts {
  readonly worker: string; // id of this process
  readonly log: RunLog;
  readonly payloads: PayloadStore;
  readonly clock: Clock;
  readonly beats?: BeatKeeper; // missing = heartbeats are not stored
  readonly hintTasks: (hints: readonly TaskHint[], how: "first" | "again") => Promise<void>;
  /** So many tasks more, or fewer, of runs of this process wait for workers. */
  readonly onQueued?: (lane: Pick<TaskHint, "queue" | "flow">, change: number) => void;
  /** Makes a child, and sees to it that somebody runs it; safe to ask twice. */
  readonly startChild: (child: ChildStart, how: "first" | "again") => Promise<void>;
  /** Asks another run to end; nothing when it has. */
  readonly cancelRun: (run: string, reason: string) => Promise<void>;
  /** Tells whoever runs them that nobody waits for these tasks any more; a hint. */
  readonly cancelTasks: (run: string, keys: readonly string[]) => void;
  readonly newRunId: () => string;
  /** Every event of the runs of this process, once it is recorded, in order. */
  readonly observe: (run: RunInfo, events: readonly RecordedEvent[]) => void;
  readonly write: (run: RunInfo, line: RunLine) => void; // what the code of a run says
  readonly cache?: ResultCache; // results that calls share; none = nothing is shared
  /** Waits for slots of limits, for a task of a run; null = it is not wanted any more. Missing = there are no limits. */
  readonly enterLimits?: (request: SlotRequest, stop: AbortSignal) => Promise<LimitPlace | null>;
  /** An attempt of a task that has hooks begins in this process. */
  readonly onAttempt?: (spec: TaskSpec, run: RunInfo, at: { key: string; attempt: number }) => void;
  readonly onReplayed?: (flow: string, durationMs: number) => void; // for metrics
}

/** How patient an owner is. */
export interface RunLimits {
  readonly parkAfterMs: number | null; // idle for so long, the run is parked; null = never
  readonly recheckMs: number; // queued tasks that take longer are hinted again
  readonly foreignMs: number; // flow code may wait so long for what Millrace does not know
  readonly maxCrashes: number; // owners lost in a row without a turn between
  readonly linger?: () => boolean; // may it stay in memory while it only waits? Missing = it may
  readonly alwaysReplay?: boolean; // the code is dropped and replayed from the log before every step; for tests
}

export const defaultLimits: RunLimits = {
  parkAfterMs: 5_000,
  recheckMs: 30_000,
  foreignMs: 5_000,
  maxCrashes: 5,
  alwaysReplay: process.env["MILLRACE_ALWAYS_REPLAY"] === "1",
};
