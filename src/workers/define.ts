import { createFlowFactory } from "../sdk/flow.ts";
import { createLimit, createRateLimit, type EnterLimits } from "../sdk/limit.ts";
import { createTaskFactory } from "../sdk/task.ts";

// Drivers and logger are loaded when a run needs them; and once, as a loader with hooks (tsx) asks its thread each time.
let runner: Promise<typeof import("./run-here.ts")> | null = null;

/**
 * Makes a flow of an async function: its calls of tasks are recorded, and after a crash it continues where it was.
 * `await pipeline(input)` in a script runs it here; a worker that loads the file runs it anywhere.
 */
export const flow = createFlowFactory(
  async (spec, input) => {
    runner ??= import("./run-here.ts");
    return (await runner).runHere(spec, input);
  },
  async (spec, input, options) => {
    const { startAmbient } = await import("./ambient-client.ts");
    return startAmbient(spec, input, options);
  },
);

/** Makes a task of a function: retried, timed out, recorded, and, when submitted, run by any worker. */
export const task = createTaskFactory(
  async (spec, args) => {
    const { runStandalone } = await import("./run-standalone.ts");
    return runStandalone(spec, args);
  },
  async (spec, args) => {
    const { delayTask } = await import("./delay-task.ts");
    return delayTask(spec, args);
  },
);

const enter: EnterLimits = async (asks, wait) => {
  const { enterHere } = await import("./limit-here.ts");
  return enterHere(asks, wait);
};

/** Calls a function while a slot of a limit is held, in a task or in any program. */
export const limit = createLimit(enter);

/** Waits until a rate allows one more, in a task or in any program. */
export const rateLimit = createRateLimit(enter);
