import { isEngineError } from "../base/errors.ts";
import type { FlowSpec, TaskSpec } from "../engine/specs.ts";
import { findFlow, findTask } from "../sdk/registry.ts";

/** The flow of that name; null = this process does not have its code. */
export function knownFlow(name: string): FlowSpec | null {
  try {
    return findFlow(name);
  } catch (error) {
    if (isEngineError(error, "FLOW_UNKNOWN")) return null;
    throw error;
  }
}

/** The task of that name; null = this process does not have its code. */
export function knownTask(name: string): TaskSpec | null {
  try {
    return findTask(name);
  } catch (error) {
    if (isEngineError(error, "TASK_UNKNOWN")) return null;
    throw error;
  }
}
