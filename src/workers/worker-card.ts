import { hostname } from "node:os";
import type { WorkerCard } from "../redis/roster.ts";
import { findFlow } from "../sdk/registry.ts";

interface Served {
  readonly queues: readonly string[];
  readonly flows: readonly string[];
  readonly isLocal: boolean;
  readonly lanes?: Readonly<Record<string, readonly string[]>>; // flow -> its queues; default: every queue
}

/** How a process describes itself on the list of workers. */
export function toCard(id: string, { queues, flows, isLocal, lanes }: Served): WorkerCard {
  return {
    id,
    host: hostname(),
    pid: process.pid,
    queues: [...queues],
    flows: [...flows],
    startedAt: Date.now(),
    isLocal,
    code: isLocal ? {} : Object.fromEntries(flows.map((flow) => [flow, findFlow(flow).codeHash])),
    lanes: Object.fromEntries(flows.map((flow) => [flow, [...(lanes?.[flow] ?? queues)]])),
  };
}
