import { fingerprint } from "../base/recordable.ts";
import type { TaskSpec } from "../engine/specs.ts";
import { overridesOf } from "../engine/task-overrides.ts";
import { type BackgroundInput, backgroundFlow } from "../sdk/background.ts";
import type { RunHandle } from "../sdk/run-handle.ts";
import { startAmbient } from "./ambient-client.ts";

/**
 * Runs a task in the background: a run with the name of the task, on the queue of the task.
 * @throws EngineError OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE for the arguments
 */
export async function delayTask(spec: TaskSpec, args: readonly unknown[]): Promise<RunHandle> {
  const { name, queue, tags } = spec;
  fingerprint(args, `The arguments of task ${name}`);
  const input: BackgroundInput = { task: name, args, overrides: overridesOf(spec) };
  return startAmbient(backgroundFlow, input, { name, tags, ...(queue === null ? {} : { queue }) });
}
