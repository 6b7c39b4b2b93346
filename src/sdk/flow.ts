import { z } from "zod";
import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { hashText } from "../base/hash.ts";
import type { ReturnedState } from "../engine/final-state.ts";
import { type GuardMode, guardModes, isGuardMode } from "../engine/guard.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { CallSites } from "./call-site.ts";
import { type ChildOptions, callChild, refuseInTask } from "./child.ts";
import { currentContext, flowContext, refuseInFlow } from "./context.ts";
import { Future } from "./futures.ts";
import { toJsonSchema } from "./json-schema.ts";
import { register } from "./registry.ts";
import { type ResultOptions, resolveResults } from "./result-options.ts";
import type { RunHandle, StartArgs, StartOptions } from "./run-handle.ts";
import { type FlowHookOptions, resolveHooks } from "./state-hooks.ts";
import { sortArguments } from "./task.ts";
import { checkMaxCrashes, checkName, type RetryOptions, resolveRetry } from "./task-options.ts";

export interface FlowOptions<Schema extends z.ZodType = z.ZodType, Input = z.output<Schema>>
  extends RetryOptions,
    ResultOptions,
    FlowHookOptions {
  readonly input?: Schema; // validates and completes the parameters
  readonly queue?: string; // workers of this queue continue the runs; default "default"
  readonly tags?: readonly string[];
  readonly maxCrashes?: number; // workers that may die in a row while they own a run, without a turn between; default 5
  readonly runName?: (input: Input) => string; // default: two friendly words
  readonly timeout?: Duration; // of one attempt of the flow; default none
  /** Runs are continued only by the code that began them, as long as there are workers that have it. Default false. */
  readonly pin?: boolean;
  /** Calls are matched by their keys alone, and recorded calls of these names may be missing from the code. */
  readonly retired?: readonly string[];
  readonly guard?: GuardMode; // what is done about code that a replay cannot repeat; default: MILLRACE_GUARD
}

/** What a caller gets of what the function returns: futures give their results. */
export type FlowResult<Returned> =
  Returned extends ReturnedState<infer T>
    ? T
    : Returned extends Future<infer T>
      ? T
      : Returned extends readonly Future<infer T>[]
        ? T[]
        : Returned;

/** A function whose runs are recorded. Called with `await` it runs here; workers can run it anywhere. */
export interface Flow<Args extends readonly unknown[], Result> {
  /** Starts a run in this process and waits for its result; in a flow, a child run in the parent's process. */
  (...args: Args): Promise<Result>;
  /** In a flow: sends a child run to its queue. */
  submit(...args: Args): Future<Result>;
  /** The same flow, called as a child with these options. */
  withOptions(options: ChildOptions): Flow<Args, Result>;
  /**
   * Creates a run for the workers; outside of flows. Connects by the environment: a server keeps a client instead.
   * @throws EngineError as `MillraceClient.start`
   */
  start(...rest: StartArgs<Args>): Promise<RunHandle<Result>>;
  readonly spec: FlowSpec;
}

/** What may be given to a flow: `FlowInput<typeof ordersPipeline>`. */
export type FlowInput<F> = F extends Flow<infer Args, unknown> ? Args[0] : never;

/** How a flow runs that was called outside of flows. */
export type RunHere = (spec: FlowSpec, input: unknown) => Promise<unknown>;

/** How a flow is started for the workers. */
export type StartElsewhere = (
  spec: FlowSpec,
  input: unknown,
  options: StartOptions<never> | undefined,
) => Promise<RunHandle>;

/** Optional where nothing must be given. */
type InputArgs<Input> = undefined extends Input
  ? [input?: Input]
  : Record<never, never> extends Input
    ? [input?: Input]
    : [input: Input];

export interface FlowFactory {
  <Returned>(name: string, fn: () => Returned | Promise<Returned>): Flow<[], FlowResult<Returned>>;
  <Input, Returned>(
    name: string,
    fn: (input: Input) => Returned | Promise<Returned>,
  ): Flow<InputArgs<Input>, FlowResult<Returned>>;
  <Schema extends z.ZodType, Returned>(
    name: string,
    options: FlowOptions<Schema> & { readonly input: Schema },
    fn: (input: z.output<Schema>) => Returned | Promise<Returned>,
  ): Flow<InputArgs<z.input<Schema>>, FlowResult<Returned>>;
  <Returned>(
    name: string,
    options: FlowOptions<z.ZodType, undefined> & { readonly input?: never },
    fn: () => Returned | Promise<Returned>,
  ): Flow<[], FlowResult<Returned>>;
  <Input, Returned>(
    name: string,
    options: FlowOptions<z.ZodType, NoInfer<Input>> & { readonly input?: never },
    fn: (input: Input) => Returned | Promise<Returned>,
  ): Flow<InputArgs<Input>, FlowResult<Returned>>;
}

/** Makes `flow()`; a room that can run code gives it the way to run a flow in this process. */
export function createFlowFactory(
  runHere: RunHere,
  startElsewhere: StartElsewhere = refuseStart,
): FlowFactory {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one function stands behind four overloads
  return ((name: string, ...rest: (FlowOptions | FlowSpec["fn"])[]) => {
    const [options, fn] = sortArguments<FlowOptions, FlowSpec["fn"]>(rest);
    const spec = resolveFlow(name, options, fn);
    register("flow", name, spec, fn);

    return toFlow(spec, {}, { runHere, startElsewhere });
  }) as unknown as FlowFactory;
}

const sites = new CallSites();

/** How a flow is run outside of flows. */
interface Ways {
  readonly runHere: RunHere;
  readonly startElsewhere: StartElsewhere;
}

function toFlow(spec: FlowSpec, options: ChildOptions, ways: Ways): unknown {
  const call = async (input?: unknown): Promise<unknown> => {
    const where = currentContext();
    if (where === undefined) return ways.runHere(spec, input);
    if (where.kind === "task") throw refuseInTask(spec.name);
    const site = sites.findFor(where.execution, call);
    return callChild(where, { spec, input, options, isQueued: false, site }).promise;
  };
  const submit = (input?: unknown): Future<unknown> => {
    const where = flowContext(`${spec.name}.submit()`);
    const { key, promise } = callChild(where, {
      spec,
      input,
      options,
      isQueued: true,
      site: sites.findFor(where.execution, submit),
    });
    return new Future(key, promise);
  };
  const withOptions = (changes: ChildOptions): unknown => toFlow(spec, { ...options, ...changes }, ways);
  const start = async (input?: unknown, given?: StartOptions<never>): Promise<RunHandle> => {
    refuseInFlow(
      `${spec.name}.start()`,
      "a run that is started in a flow is a child: call it, or submit() it",
    );
    return ways.startElsewhere(spec, input, given);
  };
  return Object.assign(call, { submit, start, withOptions, spec });
}

async function refuseStart({ name }: FlowSpec): Promise<never> {
  throw new EngineError("COMMAND_REFUSED", `Flow ${name} was made without a way to its workers.`, {
    flow: name,
  });
}

function resolveFlow(name: string, options: FlowOptions, fn: FlowSpec["fn"]): FlowSpec {
  checkName("flow", name);
  const {
    input: schema,
    queue = "default",
    tags = [],
    maxCrashes = null,
    runName = null,
    timeout,
    pin = false,
    retired = null,
    guard = null,
  } = options;
  checkName("queue", queue);
  checkMaxCrashes(`Flow ${name}`, maxCrashes);
  return {
    name,
    fn,
    queue,
    tags,
    maxCrashes,
    runName,
    guard: checkGuard(name, guard),
    codeHash: hashText(fn.toString()).toString(36).slice(-8),
    retry: resolveRetry(`Flow ${name}`, options),
    timeoutMs: timeout === undefined ? null : toMs(timeout),
    isPinned: pin,
    retired,
    results: resolveResults(`Flow ${name}`, options),
    hooks: resolveHooks(options),
    inputSchema: () => toJsonSchema(schema ?? null),
    parse: async (input) => (schema === undefined ? input : parseInput(name, schema, input)),
  };
}

function checkGuard(flow: string, guard: GuardMode | null): GuardMode | null {
  if (guard === null || isGuardMode(guard)) return guard;
  throw new EngineError(
    "OPTION_INVALID",
    `The option \`guard\` of flow ${flow} must be one of ${guardModes.join(", ")}.`,
    { flow },
  );
}

async function parseInput(flow: string, schema: z.ZodType, input: unknown): Promise<unknown> {
  const parsed = await schema.safeParseAsync(input ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? "input" : path.join(".")}: ${message}`,
  );
  throw new EngineError(
    "INPUT_INVALID",
    `The parameters of flow ${flow} are invalid:\n${issues.map((issue) => `  - ${issue}`).join("\n")}`,
    { flow, issues },
  );
}
