import type { LimitDesk } from "./limit-desk.ts";
import type { OtherRuns } from "./other-runs.ts";
import type { Queues } from "./queues.ts";
import type { RunPorts } from "./run-ports.ts";

type Made = "hintTasks" | "onQueued" | "startChild" | "cancelRun" | "enterLimits";

interface PortParts extends Omit<RunPorts, Made> {
  readonly queues: Queues;
  readonly others: OtherRuns;
  readonly limits: LimitDesk;
  readonly onTaskHint: (flow: string) => void; // a run of this process submits tasks
}

/** What a host gives the runs that it owns. */
export function createPorts({ queues, others, limits, onTaskHint, ...ports }: PortParts): RunPorts {
  return {
    ...ports,
    hintTasks: async (hints, how) => {
      for (const { flow } of hints.slice(0, 1)) onTaskHint(flow); // hints of one call are of one run
      await (how === "first" ? queues.hintTasks(hints) : queues.hintTasksAgain(hints));
    },
    onQueued: (lane, change) => queues.expectTasks(lane, change),
    startChild: async (child, how) => others.startChild(child, how),
    cancelRun: async (run, reason) => others.cancelRun(run, reason),
    enterLimits: async (request, stop) => limits.enter(request, stop, true),
  };
}
