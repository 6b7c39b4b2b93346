import type { FlowSpec } from "../engine/specs.ts";
import { policyOf } from "../engine/task-overrides.ts";
import type { TaskOverrides } from "../events/task-events.ts";
import { findTask, register } from "./registry.ts";
import { callTask } from "./task.ts";

/** What a delayed task leaves for the worker that runs it. */
export interface BackgroundInput {
  readonly task: string; // name of its definition; the run has the same name
  readonly args: readonly unknown[];
  readonly overrides: TaskOverrides | null; // options of a copy by withOptions(); null = as it was defined
}

/** Name of the flow whose runs are single tasks; no flow of a user can have it, for its last character. */
export const backgroundName = "background#";

async function background({ task, args, overrides }: BackgroundInput): Promise<unknown> {
  const spec = findTask(task);
  return callTask({ ...spec, ...policyOf(spec, overrides) }, args);
}

/** The flow of delayed tasks: calls one task, in the process that owns the run. */
export const backgroundFlow: FlowSpec = {
  name: backgroundName,
  fn: background,
  queue: "default",
  tags: [],
  maxCrashes: null,
  guard: null,
  runName: null,
  codeHash: "built-in",
  retry: { maxAttempts: 1, delay: 0, jitter: 0, condition: null },
  timeoutMs: null,
  isPinned: false,
  retired: null,
  results: null,
  hooks: null,
  inputSchema: () => null,
  parse: async (input) => input,
};

/** Makes the flow of delayed tasks known in this process, which is to serve it. */
export function registerBackground(): void {
  register("flow", backgroundName, backgroundFlow, background);
}

/** Whether this process can run a delayed task: a run has the name of its task. */
export function canRunDelayed(flow: string, runName: string, knows: (task: string) => boolean): boolean {
  return flow !== backgroundName || knows(runName);
}
