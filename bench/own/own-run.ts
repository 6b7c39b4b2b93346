import type { FlowSpec } from "../../src/engine/specs.ts";
import type { Host } from "../../src/workers/host.ts";
import { ownNewRun } from "../../src/workers/own-run.ts";
import { toResult } from "../../src/workers/run-here.ts";
import { defaultLimits } from "../../src/workers/run-ports.ts";

/** One run of a flow whose owner, this process, takes no tasks of the queue and never parks it. @returns its result */
export async function ownRun(host: Host, spec: FlowSpec, input: unknown, queue = "bench"): Promise<unknown> {
  const leave = await ownNewRun(host, spec, {
    flow: spec.name,
    input,
    queue,
    tags: [],
    name: null,
    source: null,
    limits: { ...defaultLimits, parkAfterMs: null },
    onCreated: () => undefined,
  });
  return toResult(leave);
}
