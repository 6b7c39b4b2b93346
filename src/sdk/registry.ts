import type { z } from "zod";
import { EngineError } from "../base/errors.ts";
import { hashText } from "../base/hash.ts";
import type { ResultPlan } from "../engine/result-plan.ts";
import type { FlowSpec, TaskSpec } from "../engine/specs.ts";

interface Entry<Spec> {
  readonly spec: Spec;
  readonly sourceHash: number;
  readonly isAmbiguous: boolean; // another function was defined under the same name
}

interface Registry {
  readonly flow: Map<string, Entry<FlowSpec>>;
  readonly task: Map<string, Entry<TaskSpec>>;
  readonly signal: Map<string, z.ZodType | null>; // the newest of a name; null = anything
  hasPriorities: boolean; // of tasks or of their copies with other options
}

const slot = Symbol.for("millrace.registry");

/**
 * What this process has defined, by name: a worker that loads a file finds its flows and tasks here. One registry
 * per process, on the global object, so that two copies of the package agree.
 */
function registry(): Registry {
  const holder: typeof globalThis & { [slot]?: Registry } = globalThis;
  holder[slot] ??= { flow: new Map(), task: new Map(), signal: new Map(), hasPriorities: false };
  return holder[slot];
}

type Fn = (...args: never[]) => unknown;

/** Notes a definition; the newest of a name wins, and a different function under the same name is remembered. */
export function register(kind: "flow", name: string, spec: FlowSpec, fn: Fn): void;
export function register(kind: "task", name: string, spec: TaskSpec, fn: Fn): void;
export function register(kind: "flow" | "task", name: string, spec: FlowSpec | TaskSpec, fn: Fn): void {
  // The overloads pair each kind with its spec.
  const entries = registry()[kind] as Map<string, Entry<FlowSpec | TaskSpec>>;
  const sourceHash = hashText(fn.toString());
  const before = entries.get(name);
  const isAmbiguous = before !== undefined && (before.isAmbiguous || before.sourceHash !== sourceHash);
  entries.set(name, { spec, sourceHash, isAmbiguous });
}

/** Notes a signal that this process declares. */
export function noteSignal(name: string, schema: z.ZodType | null): void {
  registry().signal.set(name, schema);
}

/** Signals that this process has declared; waits for people declare none. */
export function definedSignals(): ReadonlyMap<string, z.ZodType | null> {
  return registry().signal;
}

/** Notes that some task of this process has a priority. */
export function notePriority(): void {
  registry().hasPriorities = true;
}

export function usesPriorities(): boolean {
  return registry().hasPriorities;
}

/** Names of the flows that this process has defined. */
export function definedFlows(): readonly string[] {
  return [...registry().flow.keys()];
}

/** Whether this process has defined a task of that name. */
export function isTaskDefined(name: string): boolean {
  return registry().task.get(name)?.isAmbiguous === false;
}

/** Queues that tasks of this process name. */
export function definedQueues(): readonly string[] {
  return [...registry().task.values()].flatMap(({ spec }) => (spec.queue === null ? [] : [spec.queue]));
}

/** @throws EngineError FLOW_UNKNOWN when there is none of that name, or more than one */
export function findFlow(name: string): FlowSpec {
  const entry = registry().flow.get(name);
  if (entry !== undefined && !entry.isAmbiguous) return entry.spec;
  throw new EngineError(
    "FLOW_UNKNOWN",
    notFound("flow", name, [...registry().flow.keys()], entry !== undefined),
    { name },
  );
}

/** @throws EngineError TASK_UNKNOWN when there is none of that name, or more than one */
export function findTask(name: string): TaskSpec {
  const entry = registry().task.get(name);
  if (entry !== undefined && !entry.isAmbiguous) return entry.spec;
  throw new EngineError(
    "TASK_UNKNOWN",
    notFound("task", name, [...registry().task.keys()], entry !== undefined),
    { name },
  );
}

/** What becomes of the results of a task's calls in a flow: as the task says, else as the flow does. */
export function planFor({ results }: TaskSpec, flow: string): ResultPlan | null {
  return results ?? registry().flow.get(flow)?.spec.results ?? null;
}

function notFound(kind: string, name: string, known: readonly string[], ambiguous: boolean): string {
  if (ambiguous)
    return `Two different ${kind}s of this process are named "${name}"; give each a name of its own.`;
  const list = known.length === 0 ? "none" : known.join(", ");
  return `This process knows no ${kind} "${name}". It knows: ${list}. Load the file that defines it.`;
}
