import { EngineError } from "../base/errors.ts";
import { handled } from "../base/handled.ts";
import { isFuture } from "../engine/final-state.ts";
import { invoke, type TaskSpec } from "../engine/specs.ts";
import { CallSites } from "./call-site.ts";
import { currentContext, type FlowContext, flowContext, refuseInFlow } from "./context.ts";
import type { TransactionHook } from "./end-hooks.ts";
import { Future, FutureList } from "./futures.ts";
import { expandMap, type Mapped, type Resolvable, resolveFutures } from "./map-arguments.ts";
import { type CallRequest, perform } from "./perform-call.ts";
import { notePriority, register } from "./registry.ts";
import type { RunHandle } from "./run-handle.ts";
import { type HookOptions, resolveTask, type TaskOptions } from "./task-options.ts";

/** A function whose calls are recorded: called with `await` it runs here, submitted it runs on any worker. */
export interface Task<Args extends readonly unknown[], Result> {
  /** Runs the task and gives its result. In a flow the call is recorded and, after a crash, not repeated. */
  (...args: Resolvable<Args>): Promise<Result>;
  /** Sends the task to the queue. Arguments may be futures of other tasks. */
  submit(...args: Resolvable<Args>): Future<Result>;
  /** Submits one task for each item of the lists among `args`; other arguments go to every one. */
  map(...args: Mapped<Args>): FutureList<Result>;
  /**
   * Runs the task in the background, durably: a run of its own, on any worker that knows the task. Outside of flows.
   * @throws EngineError COMMAND_REFUSED in a flow, OUTPUT_UNRECORDABLE
   */
  delay(...args: [...Args]): Promise<RunHandle<Result>>;
  /** The same task with other options. */
  withOptions(options: TaskOptions<NoInfer<[...Args]>, NoInfer<Result>>): Task<Args, Result>;
  /** The same task, undone by `hook` when the transaction around a call of it is rolled back. */
  onRollback(
    hook: TransactionHook<NoInfer<[...Args]>, NoInfer<Result>>,
    options?: HookOptions,
  ): Task<Args, Result>;
  /** The same task, followed by `hook` when the transaction around a call of it is committed. */
  onCommit(
    hook: TransactionHook<NoInfer<[...Args]>, NoInfer<Result>>,
    options?: HookOptions,
  ): Task<Args, Result>;
  readonly fn: (...args: [...Args]) => Result | Promise<Result>;
  readonly spec: TaskSpec;
}

/** How a task runs that was called outside of a flow. */
export type RunStandalone = (spec: TaskSpec, args: readonly unknown[]) => Promise<unknown>;

/** How a task is run in the background. */
export type DelayTask = (spec: TaskSpec, args: readonly unknown[]) => Promise<RunHandle>;

type Fn<Args extends readonly unknown[], Result> = (...args: [...Args]) => Result | Promise<Result>;

export interface TaskFactory {
  <Args extends readonly unknown[], Result>(name: string, fn: Fn<Args, Result>): Task<Args, Result>;
  <Args extends readonly unknown[], Result>(
    name: string,
    options: TaskOptions<[...Args], Result>,
    fn: Fn<Args, Result>,
  ): Task<Args, Result>;
}

/** The options and the function of `task(name, fn)` and `task(name, options, fn)`. */
export function sortArguments<Options extends object, F>(rest: readonly (Options | F)[]): [Options, F] {
  const [first, second] = rest;
  // The overloads of the callers allow nothing else.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return (second === undefined ? [{}, first] : [first, second]) as [Options, F];
}

/** Makes `task()`; a room that can run code gives it the ways to run a task outside of flows, here and elsewhere. */
export function createTaskFactory(standalone: RunStandalone, delay: DelayTask = refuseDelay): TaskFactory {
  return <Args extends readonly unknown[], Result>(
    name: string,
    ...rest: (TaskOptions<[...Args], Result> | Fn<Args, Result>)[]
  ) => {
    const [options, fn] = sortArguments<TaskOptions<[...Args], Result>, Fn<Args, Result>>(rest);
    const task = build(name, fn, options, { standalone, delay, overridden: false });
    register("task", name, task.spec, fn);
    return task;
  };
}

async function refuseDelay({ name }: TaskSpec): Promise<never> {
  throw new EngineError("COMMAND_REFUSED", `Task ${name} was made without a way to its workers.`, {
    task: name,
  });
}

interface BuildContext {
  readonly standalone: RunStandalone;
  readonly delay: DelayTask;
  readonly overridden: boolean;
}

function build<Args extends readonly unknown[], Result>(
  name: string,
  fn: Fn<Args, Result>,
  options: TaskOptions<[...Args], Result>,
  context: BuildContext,
): Task<Args, Result> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a spec does not know its function's types any more
  const given = options as unknown as TaskOptions;
  const spec = resolveTask(name, fn, given, context.overridden);
  if (spec.rules !== null && spec.rules.priority !== null) notePriority();
  registerHooks(spec, given);
  const sites = new CallSites();

  const call = (...args: unknown[]): Promise<unknown> => {
    const where = currentContext();
    if (where?.kind !== "flow") return context.standalone(spec, args);
    const site = sites.findFor(where.execution, call);
    return issue(where, { spec, args, queued: spec.queue !== null, key: null, site }).promise;
  };
  const submit = (...args: unknown[]): Future<unknown> => {
    const where = flowContext(`${name}.submit()`);
    const site = sites.findFor(where.execution, submit);
    const { key, promise } = issue(where, { spec, args, queued: true, key: null, site });
    return new Future(key, promise);
  };
  const map = (...args: unknown[]): FutureList<unknown> => {
    const where = flowContext(`${name}.map()`);
    const site = sites.find(map);
    const path = where.scope.next(name);
    const list = new FutureList<unknown>();
    for (const [index, itemArgs] of expandMap(name, args).entries()) {
      const key = `${path}[${spec.key === null ? index : givenKey(spec, itemArgs)}]`;
      if (spec.key !== null) where.scope.reserve(key);
      list.push(new Future(key, issue(where, { spec, args: itemArgs, queued: true, key, site }).promise));
    }
    return list;
  };
  const delay = async (...args: unknown[]): Promise<RunHandle> => {
    refuseInFlow(`${name}.delay()`, "in a flow, submit() sends a task to other workers, and records it");
    return context.delay(spec, args);
  };
  const change = (changes: TaskOptions<[...Args], Result>, overridden: boolean): Task<Args, Result> =>
    build(name, fn, { ...options, ...changes }, { ...context, overridden });
  const own = {
    withOptions: (changes: TaskOptions<[...Args], Result>) => change(changes, true),
    onRollback: (onRollback: TransactionHook<[...Args], Result>, rollback: HookOptions = {}) =>
      change({ onRollback, rollback }, context.overridden),
    onCommit: (onCommit: TransactionHook<[...Args], Result>, commit: HookOptions = {}) =>
      change({ onCommit, commit }, context.overridden),
  };

  // The implementation works on unknown arguments; the interface above is what it does for Args and Result.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return Object.assign(call, { submit, map, delay, ...own, fn, spec }) as unknown as Task<Args, Result>;
}

/** A hook that goes to a queue is found by its name, there. */
function registerHooks({ rollback, commit }: TaskSpec, { onRollback, onCommit }: TaskOptions): void {
  if (rollback !== null && onRollback !== undefined) register("task", rollback.name, rollback, onRollback);
  if (commit !== null && onCommit !== undefined) register("task", commit.name, commit, onCommit);
}

/** Calls a task in the flow of the caller, and in its process, as a direct call does. */
export async function callTask(spec: TaskSpec, args: readonly unknown[]): Promise<unknown> {
  const where = flowContext(`${spec.name}()`);
  return issue(where, { spec, args, queued: false, key: null, site: null }).promise;
}

/** Gives the call its key at once, and issues it as soon as the futures among its arguments have results. */
function issue(where: FlowContext, request: CallRequest): { key: string; promise: Promise<unknown> } {
  const { spec, args } = request;
  const waits = args.some(isFuture);
  const key = request.key ?? callKey(where, spec, waits ? null : args);
  const site = waits && typeof request.site === "function" ? request.site() : request.site; // later nobody knows
  const start = (resolved: readonly unknown[]): Promise<unknown> =>
    perform(where, { spec, args: resolved, queued: request.queued, key, site });
  const promise = waits ? handled(resolveFutures(args).then(start)) : start(args);
  where.transaction?.called(spec, promise);
  return { key, promise };
}

function callKey({ scope }: FlowContext, spec: TaskSpec, args: readonly unknown[] | null): string {
  if (spec.key === null || args === null) return scope.next(spec.name);
  return scope.named(spec.name, givenKey(spec, args));
}

function givenKey(spec: TaskSpec, args: readonly unknown[]): string {
  const key: unknown = spec.key === null ? undefined : invoke(spec.key, args);
  if (typeof key === "string" && key !== "" && key.length <= 200) return key;
  throw new EngineError(
    "COMMAND_REFUSED",
    `The option \`key\` of task ${spec.name} must return 1 to 200 characters.`,
    {
      task: spec.name,
    },
  );
}
