import type { FlowSpec, TaskSpec } from "../../src/engine/specs.ts";
import { type TaskContext, taskContext } from "../../src/sdk/context.ts";
import { createFlowFactory } from "../../src/sdk/flow.ts";
import { createTaskFactory, type Task } from "../../src/sdk/task.ts";
import {
  type CallInput,
  type ChildInput,
  failureOf,
  flowRetryMs,
  outcomeOf,
  type Program,
  type TaskName,
  taskTable,
} from "./programs.ts";
import { cacheOptionsOf } from "./programs-cache.ts";
import { type Callees, type Child, runChild, runProgram, type Tasks } from "./programs-sdk.ts";

/** What happens in the world when a task of a program runs. */
export interface TaskWorld {
  /** Called at the start of an attempt; resolves when the task has done its work. */
  readonly work: (context: TaskContext, input: CallInput) => Promise<void>;
  /** Attempts of the call that have failed before this one. */
  readonly failures: (context: TaskContext) => number;
}

export interface BuiltProgram {
  readonly flow: FlowSpec; // of the whole program
  readonly flows: ReadonlyMap<string, FlowSpec>; // with that of its children, by name
  readonly tasks: ReadonlyMap<string, TaskSpec>;
}

const noRuns = async (): Promise<never> => {
  throw new Error("Programs run in the simulator only.");
};

const task = createTaskFactory(noRuns);
const flow = createFlowFactory(noRuns);

export const rootFlow = "program";
const childFlow = "child";

/** The tasks of every program, made with the SDK. */
export function defineTasks(world: TaskWorld): Tasks {
  const run = async (input: CallInput, last: unknown): Promise<unknown> => {
    const context = taskContext();
    await world.work(context, input);
    if (world.failures(context) < input.fails) throw new Error(failureOf(input));
    const outcome = outcomeOf(input, last);
    if (outcome.ok) return outcome.value;
    throw new Error(outcome.message);
  };
  const define = (name: TaskName): Task<[CallInput, unknown], unknown> => {
    const { retries, retryDelay, queue } = taskTable[name];
    const key = name === "named" ? { key: ({ path }: CallInput, _last: unknown) => path } : {};
    const options = { retries, retryDelay, ...key, ...(queue === null ? {} : { queue }) };
    return task(name, { ...options, ...cacheOptionsOf(name) }, run);
  };
  return {
    fast: define("fast"),
    flaky: define("flaky"),
    remote: define("remote"),
    named: define("named"),
    alike: define("alike"),
    topical: define("topical"),
    brief: define("brief"),
    alone: define("alone"),
    lonely: define("lonely"),
  };
}

/** The program as its author would have written it: its flows and their tasks, for the simulator. */
export function buildProgram(program: Program, world: TaskWorld): BuiltProgram {
  const tasks = defineTasks(world);
  const options = { retries: program.retries, retryDelay: flowRetryMs, queue: "near" };
  const child: Child = flow(childFlow, options, async (given: ChildInput) =>
    runChild(program, callees, given),
  );
  const callees: Callees = { tasks, child };
  const root = flow(rootFlow, options, async (given: string) => runProgram(program, callees, given));
  const specs = Object.values(tasks).map(({ spec }) => [spec.name, spec] as const);
  return {
    flow: root.spec,
    flows: new Map([root.spec, child.spec].map((spec) => [spec.name, spec])),
    tasks: new Map(specs),
  };
}
