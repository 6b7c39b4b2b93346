import { systemClock } from "./clock.ts";
import { LimitDesk } from "./limit-desk.ts";
import type { LimitDeskOptions } from "./limit-place.ts";
import { readNote } from "./limited-attempt.ts";
import type { Queues } from "./queues.ts";
import type { TaskHint } from "./run-ports.ts";

interface HostLimits extends Omit<LimitDeskOptions, "clock" | "onGranted"> {
  readonly queues: Queues;
  /** Begins a queued task in this process; false = there is no place. */
  readonly takeAtOnce: (hint: TaskHint) => boolean;
}

/** The desk of a host: queued tasks whose turn has come begin there, or are the next of their queue. */
export function createHostDesk({ queues, takeAtOnce, ...options }: HostLimits): LimitDesk {
  return new LimitDesk({
    ...options,
    clock: systemClock,
    onGranted: async (notes) => {
      await queues.hintTasksFirst(notes.map(readNote).filter((hint) => !takeAtOnce(hint)));
    },
  });
}
