import type { RecordedEvent } from "../events/envelope.ts";
import type { LineLevel, RunLine } from "../observe/run-line.ts";
import type { CommitWatch } from "../redis/commit.ts";
import type { RedisAddress } from "../redis/connect.ts";
import type { Namespace } from "../redis/keys.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { HostParts } from "./host-parts.ts";

/** What this process shows of its runs. */
export interface Display {
  readonly observe: (run: RunInfo, events: readonly RecordedEvent[]) => void;
  readonly write: (run: RunInfo, line: RunLine, worker: string) => void; // what the code of a run says
  readonly note: (text: string) => void; // what people should know
  readonly trouble: (error: unknown) => void; // something went wrong that the log survives
}

export interface HostOptions {
  readonly redis: RedisConnection;
  readonly address: RedisAddress;
  readonly namespace: Namespace;
  readonly payloadLimitBytes: number;
  readonly queues: readonly string[];
  readonly flows: readonly string[];
  readonly isLocal: boolean;
  readonly lanes?: Readonly<Record<string, readonly string[]>>; // flow -> its queues; default: every queue
  readonly display: Display;
  readonly keepLinesFrom?: LineLevel | null; // lines of this level and above are kept with their runs; null = none
  readonly watch?: HostWatch;
  readonly parts?: HostParts;
}

/** Hears how the work of a process goes, for metrics; nothing is measured when nobody listens. */
export interface HostWatch extends CommitWatch {
  replayed(flow: string, durationMs: number): void;
}
