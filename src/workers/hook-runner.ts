import { toError } from "../base/recorded-error.ts";
import { isEnding } from "../engine/history.ts";
import { type FlowSpec, type Hooks, invoke, type TaskSpec, type UserFunction } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { LineLevel } from "../observe/run-line.ts";
import { type RunInfo, withContext } from "../sdk/context.ts";
import type { Hooked, HookState, TaskRunInfo } from "../sdk/state-hooks.ts";
import { stateOfEnd, stateOfTask } from "./hook-state.ts";
import { knownFlow, knownTask } from "./known-code.ts";
import { toRunLogger } from "./run-logger.ts";
import type { RunPorts } from "./run-ports.ts";
import { taskRunName } from "./task-run-name.ts";

type Ports = Pick<RunPorts, "worker" | "clock" | "write">;

interface Watched {
  readonly spec: TaskSpec;
  readonly run: RunInfo;
  readonly key: string;
}

interface Call {
  readonly run: RunInfo;
  readonly task: TaskRunInfo | null; // null = a hook of the flow
  readonly of: Hooked;
  readonly state: HookState;
}

/**
 * Calls the hooks of flows and tasks, in the process that recorded the new state, once it is recorded. A hook that throws
 * is a line in the log of its run, and nothing else.
 */
export class HookRunner {
  readonly #ports: Ports;
  readonly #watched = new Map<string, Watched>(); // attempts here of tasks that have hooks, by run and key
  readonly #running = new Map<string, Set<Promise<void>>>(); // by run

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** An attempt of a task that has hooks has begun here. */
  taskBegins(spec: TaskSpec, run: RunInfo, { key, attempt }: { key: string; attempt: number }): void {
    if (spec.hooks === null) return;
    this.#watched.set(`${run.id} ${key}`, { spec, run, key });
    this.#callTask({ spec, run, key }, attempt, running(this.#ports.clock.now()));
  }

  /** Nothing more is heard of attempts of a run that has left this process. */
  forget(run: string): void {
    if (this.#watched.size === 0) return;
    for (const id of this.#watched.keys()) if (id.startsWith(`${run} `)) this.#watched.delete(id);
  }

  /** Events that are recorded; those of others are theirs to act on. */
  observe(run: RunInfo, events: readonly RecordedEvent[]): void {
    const own = `worker:${this.#ports.worker}`;
    for (const event of events) {
      if (event.actor !== own) continue;
      if (event.type === "RunStarted") this.flowBegins(run, event.recordedAt);
      else if (isEnding(event)) this.flowEnds(run, event);
      else if (event.type === "TaskCompleted" || event.type === "TaskFailed") this.#taskEnds(run, event);
    }
  }

  /** An attempt of a flow has begun. */
  flowBegins(run: RunInfo, enteredAt: number): void {
    this.#callFlow(run, "onRunning", running(enteredAt));
  }

  flowEnds(run: RunInfo, event: RecordedEvent): void {
    const state = stateOfEnd(event);
    if (state !== null) this.#callFlow(run, hookOf[state.type], state);
  }

  /** Somebody else recorded the end of a task, as nobody is left who could. */
  taskCrashed(name: string, run: RunInfo, failed: Event<"TaskFailed">): void {
    const spec = knownTask(name);
    const { key, attempt } = failed.data;
    const event = { ...failed, recordedAt: this.#ports.clock.now() };
    if (spec !== null) this.#callTask({ spec, run, key }, attempt, stateOfTask(event));
  }

  /** Whether hooks of a run are running here. */
  isBusyWith(run: string): boolean {
    return this.#running.has(run);
  }

  /** Waits for the hooks of a run that are running here. */
  async settled(run: string): Promise<void> {
    for (;;) {
      const hooks = this.#running.get(run);
      if (hooks === undefined) return;
      await Promise.all(hooks);
    }
  }

  async allSettled(): Promise<void> {
    await Promise.all([...this.#running.keys()].map(async (run) => this.settled(run)));
  }

  #taskEnds(run: RunInfo, event: RecordedEvent<"TaskCompleted" | "TaskFailed">): void {
    if (this.#watched.size === 0) return;
    const id = `${run.id} ${event.data.key}`;
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#watched.delete(id);
    this.#callTask(watched, event.data.attempt, stateOfTask(event));
  }

  #callTask({ spec, run, key }: Watched, attempt: number, state: HookState): void {
    const task = { key, name: taskRunName(key), attempt, run };
    this.#call(spec.hooks, hookOf[state.type], { run, task, of: hooked(spec), state });
  }

  #callFlow(run: RunInfo, hook: keyof Hooks, state: HookState): void {
    const spec = knownFlow(run.flow);
    if (spec !== null) this.#call(spec.hooks, hook, { run, task: null, of: hooked(spec), state });
  }

  #call(hooks: Hooks | null, hook: keyof Hooks, call: Call): void {
    if (hooks === null || hooks[hook].length === 0) return;
    const { id } = call.run;
    const all = this.#running.get(id) ?? new Set();
    this.#running.set(id, all);
    const running = this.#callAll(hooks[hook], call).finally(() => {
      all.delete(running);
      if (all.size === 0) this.#running.delete(id);
    });
    all.add(running);
  }

  /** One after the other, in their order. Never rejects. */
  async #callAll(hooks: readonly UserFunction[], call: Call): Promise<void> {
    for (const hook of hooks) await this.#callOne(hook, call);
  }

  async #callOne(hook: UserFunction, { run, task, of, state }: Call): Promise<void> {
    const name = hook.name === "" ? "hook" : hook.name;
    const { clock, write } = this.#ports;
    const place = { task: task?.key ?? null, attempt: task?.attempt ?? 0, after: null };
    const log = toRunLogger((level: LineLevel, message, fields) =>
      write(run, { ...place, time: clock.now(), level, message, fields }),
    );
    log.info(`Running hook '${name}' in response to entering state '${state.name}'`);
    try {
      const context = hookContext(run, task, name);
      await withContext({ ...context, log }, async () => invoke(hook, [of, task ?? run, state]));
      log.info(`Hook '${name}' finished running successfully`);
    } catch (thrown) {
      log.error({ err: toError(thrown) }, `An error was encountered while running hook '${name}'`);
    }
  }
}

const hookOf: Readonly<Record<HookState["type"], keyof Hooks>> = {
  RUNNING: "onRunning",
  COMPLETED: "onCompletion",
  FAILED: "onFailure",
  CANCELLED: "onCancellation",
  CRASHED: "onCrashed",
};

function running(enteredAt: number): HookState {
  return { type: "RUNNING", name: "Running", message: null, error: null, enteredAt };
}

function hooked({ name, queue, tags }: FlowSpec | TaskSpec): Hooked {
  return { name, queue, tags };
}

/** A hook may log, call tasks (they are not recorded), and look at the run. */
function hookContext(run: RunInfo, task: TaskRunInfo | null, name: string) {
  const key = `${task === null ? "" : `${task.key} `}${name}`;
  const { signal } = new AbortController();
  return {
    kind: "task" as const,
    run,
    key,
    name,
    attempt: 1,
    idempotencyKey: `${run.id}/${key}`,
    fencingToken: "",
    signal,
    lastHeartbeat: undefined,
    heartbeat: () => undefined,
  };
}
