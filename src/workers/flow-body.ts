import { formatMs } from "../base/durations.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import { findUnrecordable, unrecordable } from "../base/recordable.ts";
import { toError } from "../base/recorded-error.ts";
import type { Execution } from "../engine/execution.ts";
import { type FinalState, stateOfError, stateOfResult } from "../engine/final-state.ts";
import { type FlowSpec, invoke } from "../engine/specs.ts";
import { inRun } from "../observe/tracing.ts";
import { type RunInfo, type RunLogger, withContext } from "../sdk/context.ts";
import { withTimeout } from "../sdk/scopes.ts";
import type { CheckedInput } from "./check-input.ts";
import { guarded } from "./guard.ts";

/** Where the code of a flow runs. */
export interface Inside {
  readonly info: RunInfo;
  readonly execution: Execution;
  readonly log: RunLogger;
  readonly stop: AbortSignal; // the run leaves this process
}

/** The flow function in its context; it always ends in a state, and only in one that can be recorded. */
export function toBody(
  { spec, input }: { readonly spec: FlowSpec; readonly input: CheckedInput },
  inside: Inside,
): () => Promise<FinalState> {
  const { info, execution, log, stop } = inside;
  return async () => {
    if (!input.ok) return stateOfError(input.error);
    const context = {
      kind: "flow",
      run: info,
      execution,
      scope: execution.root,
      parameters: input.value,
      log,
    } as const;
    const code = async (): Promise<unknown> => call(spec, input.value);
    const run = async (): Promise<FinalState> => stateOfResult(await guarded({ spec, context, stop }, code));
    const state = await settled(inRun(info, () => withContext(context, run)));
    if (execution.joins.length > 0) await Promise.allSettled(execution.joins);
    const refusal = state.type === "COMPLETED" ? findUnrecordable(state.output) : null;
    return refusal === null ? state : stateOfError(unrecordable(`The result of flow ${spec.name}`, refusal));
  };
}

async function settled(running: Promise<FinalState>): Promise<FinalState> {
  try {
    return await running;
  } catch (thrown) {
    return stateOfError(toError(thrown));
  }
}

async function call(spec: FlowSpec, input: unknown): Promise<unknown> {
  const { timeoutMs } = spec;
  if (timeoutMs === null) return invoke(spec.fn, [input]);
  try {
    return await withTimeout(timeoutMs, async () => invoke(spec.fn, [input]));
  } catch (error) {
    if (!isEngineError(error, "CALL_TIMED_OUT") || error.details["timeoutMs"] !== timeoutMs) throw error;
    const text = `Flow run exceeded timeout of ${formatMs(timeoutMs)}.`;
    throw new EngineError("RUN_TIMED_OUT", text, { timeoutMs }, error);
  }
}
