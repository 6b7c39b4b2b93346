import { tellCancelled } from "../redis/channels.ts";
import type { Namespace } from "../redis/keys.ts";
import type { RedisConnection } from "../redis/script.ts";
import { systemClock } from "./clock.ts";
import { newId } from "./ids.ts";
import type { LimitDesk } from "./limit-desk.ts";
import type { OtherRuns } from "./other-runs.ts";
import type { Queues } from "./queues.ts";
import type { RunPorts } from "./run-ports.ts";

interface PortParts
  extends Pick<RunPorts, "worker" | "log" | "payloads" | "beats" | "observe" | "write" | "onReplayed"> {
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
  readonly queues: Queues;
  readonly others: OtherRuns;
  readonly limits: LimitDesk;
  readonly onTaskHint: (flow: string) => void; // a run of this process submits tasks
  readonly onTrouble: (error: unknown) => void;
}

/** What a host gives the runs that it owns. */
export function createPorts(parts: PortParts): RunPorts {
  const { redis, namespace, queues, others, limits, onTaskHint, onTrouble, ...ports } = parts;
  return {
    ...ports,
    clock: systemClock,
    hintTasks: async (hints, how) => {
      for (const { flow } of hints.slice(0, 1)) onTaskHint(flow); // hints of one call are of one run
      await (how === "first" ? queues.hintTasks(hints) : queues.hintTasksAgain(hints));
    },
    startChild: async (child, how) => others.startChild(child, how),
    cancelRun: async (run, reason) => others.cancelRun(run, reason),
    cancelTasks: (run, keys) => {
      tellCancelled(redis, namespace.name, run, keys).catch(onTrouble);
    },
    newRunId: newId,
    enterLimits: async (request, stop) => limits.enter(request, stop, true),
  };
}
