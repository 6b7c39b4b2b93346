import { reviveError } from "../base/recorded-error.ts";
import { type Ending, type History, isEnding } from "../engine/history.ts";
import { isTracing, recordRunSpan } from "../observe/tracing.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { RunPorts } from "./run-ports.ts";

/**
 * Observes, and writes the span of the run when this worker has recorded its end. One span for a run, whoever began it.
 * `startedAt`: when it was begun, epoch ms; null = not yet.
 */
export function withRunSpan(
  { observe, worker }: Pick<RunPorts, "observe" | "worker">,
  startedAt: number | null,
): RunPorts["observe"] {
  if (!isTracing()) return observe;
  let started = startedAt;
  return (run, events) => {
    observe(run, events);
    for (const event of events) {
      if (event.type === "RunStarted") started = event.recordedAt;
      if (isEnding(event) && event.actor === `worker:${worker}`) spanOfEnded(run, event, started);
    }
  };
}

/** The span of a run that is ended because its workers died; its code is not called any more. */
export function recordCrashSpan({ created, started }: History, { message, endedAt }: Crash): void {
  const { name, flow, traceparent } = created.data;
  const startedAt = started?.recordedAt ?? created.recordedAt;
  const end = { startedAt, endedAt, state: "Crashed", error: new Error(message) };
  recordRunSpan({ id: created.run, name, flow, traceparent }, end);
}

interface Crash {
  readonly message: string;
  readonly endedAt: number; // epoch ms
}

function spanOfEnded(run: RunInfo, event: Ending, startedAt: number | null): void {
  const error = event.type === "RunFailed" ? reviveError(event.data.error) : null;
  const crash = event.type === "RunCrashed" ? new Error(event.data.message) : null;
  recordRunSpan(run, {
    startedAt: startedAt ?? event.recordedAt, // refused input: its code was never called
    endedAt: event.recordedAt,
    state: event.type === "RunCrashed" ? "Crashed" : event.data.name,
    error: error ?? crash,
  });
}
