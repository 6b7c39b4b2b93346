import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import type { Site } from "../engine/calls.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { CloseRule } from "../events/child-events.ts";
import { encodeValue } from "../events/codec.ts";
import type { FlowContext } from "./context.ts";

/** How a flow runs as a child of another one. */
export interface ChildOptions {
  readonly queue?: string; // of the child's run; default: the flow's own
  readonly runName?: string; // default: the flow's, or two friendly words
  /** What becomes of the child when its parent ends before it. Default "cancel". */
  readonly onParentClose?: CloseRule;
}

interface ChildRequest {
  readonly spec: FlowSpec;
  readonly input: unknown;
  readonly isQueued: boolean; // false = in the process of the parent
  readonly options: ChildOptions;
  readonly site: Site;
}

/** Calls a flow in a flow: a run of its own, with a history of its own. */
export function callChild(
  where: FlowContext,
  request: ChildRequest,
): { key: string; promise: Promise<unknown> } {
  const { execution, scope, run } = where;
  const { spec, input, options, site } = request;
  const { onParentClose = "cancel" } = options;
  const key = scope.next(spec.name);
  const print = fingerprint(input, `The parameters of child ${key} of run ${run.name}`);
  const promise = execution.call(
    {
      kind: "child",
      key,
      name: spec.name,
      flow: spec,
      runName: options.runName ?? null,
      queue: request.isQueued ? (options.queue ?? spec.queue) : null,
      input: execution.replaying ? null : encodeValue(input),
      fingerprint: print,
      onClose: onParentClose,
      site,
    },
    scope,
  );
  if (onParentClose === "wait") execution.joins.push(promise);
  return { key, promise };
}

export function refuseInTask(flow: string): EngineError {
  return new EngineError(
    "COMMAND_REFUSED",
    `Flow ${flow} was called inside a task. Call it from the flow: there it is a child run, which survives a crash.`,
    { flow },
  );
}
