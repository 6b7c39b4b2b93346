import { z } from "zod";
import type { FlowSpec, TaskSpec } from "../../src/engine/specs.ts";
import { type TaskContext, taskContext } from "../../src/sdk/context.ts";
import { now, random, uuid } from "../../src/sdk/deterministic.ts";
import { createFlowFactory, type Flow } from "../../src/sdk/flow.ts";
import { asCompleted } from "../../src/sdk/futures.ts";
import { unmapped } from "../../src/sdk/map-arguments.ts";
import { patched } from "../../src/sdk/patches.ts";
import { branch, race, shield, withTimeout } from "../../src/sdk/scopes.ts";
import { waitForInput } from "../../src/sdk/signals.ts";
import { sleep } from "../../src/sdk/sleep.ts";
import { createTaskFactory, type Task } from "../../src/sdk/task.ts";
import {
  type CallInput,
  type CallShape,
  type ChildInput,
  childFlow,
  childrenIn,
  failureOf,
  flowRetryMs,
  inLap,
  mapItem,
  type Node,
  type NodeOf,
  type NodeTable,
  outcomeOf,
  type Place,
  type Program,
  patchId,
  pathOf,
  pickFrom,
  rootFlow,
  sleepMs,
  type TaskName,
  taskTable,
  thrownAt,
  top,
  weigh,
} from "./programs.ts";

/** What happens in the world when a task of a program runs. */
export interface TaskWorld {
  /** Called at the start of an attempt; resolves when the task has done its work. */
  readonly work: (context: TaskContext, input: CallInput) => Promise<void>;
  /** Attempts of the call that have failed before this one. */
  readonly failures: (context: TaskContext) => number;
}

export interface BuiltProgram {
  readonly flow: FlowSpec; // of the whole program
  readonly flows: ReadonlyMap<string, FlowSpec>; // with those of its children, by name
  readonly tasks: ReadonlyMap<string, TaskSpec>;
}

type Children = ReadonlyMap<number, Flow<[ChildInput], unknown>>; // by id of the node

type Tasks = Readonly<Record<TaskName, Task<[CallInput, unknown], unknown>>>;

const noRuns = async (): Promise<never> => {
  throw new Error("Programs run in the simulator only.");
};

const task = createTaskFactory(noRuns);
const flow = createFlowFactory(noRuns);

/** The program as its author would have written it: a flow and its tasks, made with the SDK. */
export function buildProgram(program: Program, world: TaskWorld): BuiltProgram {
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
    return task(name, { retries, retryDelay, ...key, ...(queue === null ? {} : { queue }) }, run);
  };
  const tasks: Tasks = {
    fast: define("fast"),
    flaky: define("flaky"),
    remote: define("remote"),
    named: define("named"),
  };
  const { flow: made, children } = defineFlows(program, tasks);
  const specs = Object.values(tasks).map(({ spec }) => [spec.name, spec] as const);
  const flows = [made, ...[...children.values()].map(({ spec }) => spec)];
  return {
    flow: made,
    flows: new Map(flows.map((spec) => [spec.name, spec])),
    tasks: new Map(specs),
  };
}

function defineFlows({ root, retries }: Program, tasks: Tasks): { flow: FlowSpec; children: Children } {
  const options = { retries, retryDelay: flowRetryMs, queue: "near" };
  const children = new Map<number, Flow<[ChildInput], unknown>>();
  for (const node of childrenIn(root)) {
    const fn = async ({ last, path, lap }: ChildInput): Promise<unknown> =>
      new ProgramRun(tasks, children).run(node.body, last, { path, lap });
    children.set(node.id, flow(childFlow(node), options, fn as never) as never);
  }
  const fn = async (given: string): Promise<unknown> => new ProgramRun(tasks, children).run(root, given, top);
  return { flow: (flow(rootFlow, options, fn as never) as { readonly spec: FlowSpec }).spec, children };
}

/** One execution of a program: plain async functions and Promise.all/race, as people write them. */
class ProgramRun {
  readonly #tasks: Tasks;
  readonly #children: Children;
  readonly #table: NodeTable<Promise<unknown>> = {
    value: async ({ value }) => value,
    now: async () => now(),
    random: async () => random(),
    uuid: async () => uuid(),
    throw: async (node, _last, place) => Promise.reject(new Error(thrownAt(pathOf(node, place)))),
    sleep: async (node, _last, place) => sleep(sleepMs(node, place)).then(() => "slept"),
    task: async (node, last, place) =>
      this.#tasks[node.call.task](input(node.call, pathOf(node, place)), last),
    nested: async ({ body }, last, place) => this.run(body, last, place),
    if: async ({ odd, even }, last, place) => this.run(weigh(last) % 2 === 1 ? odd : even, last, place),
    seq: async ({ parts }, last, place) => this.#seq(parts, last, place),
    all: async ({ parts }, last, place) =>
      Promise.all(parts.map(async (part) => this.run(part, last, place))),
    race: async ({ parts }, last, place) =>
      Promise.race(parts.map(async (part, win) => ({ win, value: await this.run(part, last, place) }))),
    try: async (node, last, place) => this.#try(node, last, place),
    loop: async (node, last, place) => this.#loop(node, last, place),
    hold: async (node, last, place) => {
      const future = this.#tasks[node.call.task].submit(input(node.call, pathOf(node, place)), last);
      const during = await this.run(node.during, last, place);
      return [during, await future.result()];
    },
    pipe: async (node, last, place) => {
      const path = pathOf(node, place);
      const future = this.#tasks[node.first.task].submit(input(node.first, path), last);
      return this.#tasks[node.second.task](input(node.second, `${path}+`), future);
    },
    map: async (node, last, place) => this.#submitAll(node, last, place).result(),
    first: async (node, last, place) => this.#first(node, last, place),
    wait: async (node, last, place) => {
      const future = this.#tasks[node.call.task].submit(input(node.call, pathOf(node, place)), last);
      const ended = await future.wait(sleepMs(node, place));
      return [ended, future.state?.type ?? "PENDING"];
    },
    receive: async (node, _last, place) => {
      const timeout = node.ms === null ? {} : { timeout: sleepMs({ id: node.id, ms: node.ms }, place) };
      return waitForInput(z.unknown(), { name: node.name, prompt: pathOf(node, place), ...timeout });
    },
    limit: async (node, last, place) =>
      withTimeout(sleepMs(node, place), async () => this.run(node.body, last, place)),
    due: async (node, last, place) => {
      const future = this.#tasks[node.call.task].submit(input(node.call, pathOf(node, place)), last);
      return withTimeout(sleepMs(node, place), async () => future.result());
    },
    shield: async ({ body }, last, place) => shield(async () => this.run(body, last, place)),
    branch: async ({ body, id }, last, place) => branch(`b${id}`, async () => this.run(body, last, place)),
    contest: async ({ parts }, last, place) => {
      const branches = parts.map((part, index) => [`b${index}`, async () => this.run(part, last, place)]);
      const { winner, value } = await race(Object.fromEntries(branches) as Record<string, () => unknown>);
      return { win: Number(winner.slice(1)), value };
    },
    child: async (node, last, place) => this.#child(node, last, place),
    patch: async (node, last, place) => this.run(patched(patchId(node)) ? node.fresh : node.old, last, place),
  };

  constructor(tasks: Tasks, children: Children) {
    this.#tasks = tasks;
    this.#children = children;
  }

  async #child({ how, onClose, id }: NodeOf<"child">, last: unknown, place: Place): Promise<unknown> {
    const child = this.#children.get(id)!.withOptions({ onParentClose: onClose });
    const given: ChildInput = { last, path: place.path, lap: place.lap };
    if (how === "inline") return child(given);
    const future = child.submit(given);
    return how === "submit" ? future.result() : "left";
  }

  async run(node: Node, last: unknown, place: Place): Promise<unknown> {
    return pickFrom(this.#table, node)(last, place);
  }

  async #seq(parts: readonly Node[], given: unknown, place: Place): Promise<unknown[]> {
    const values: unknown[] = [];
    let last = given;
    for (const part of parts) {
      last = await this.run(part, last, place);
      values.push(last);
    }
    return values;
  }

  async #try({ body, handler, cleanup }: NodeOf<"try">, last: unknown, place: Place): Promise<unknown> {
    let cleaned: unknown = null;
    let value: unknown;
    try {
      value = await this.run(body, last, place);
    } catch (error) {
      if (handler === null || !(error instanceof Error)) throw error;
      value = { caught: error.message, after: await this.run(handler, error.message, place) };
    } finally {
      if (cleanup !== null) cleaned = await this.run(cleanup, last, place);
    }
    return [value, cleaned];
  }

  /** Goes on until a value is even by weight, at most `times` laps. */
  async #loop({ times, body }: NodeOf<"loop">, given: unknown, place: Place): Promise<unknown> {
    let last = given;
    for (let index = 0; index < times; index += 1) {
      last = await this.run(body, last, inLap(place, index));
      if (weigh(last) % 2 === 0) return ["even", index, last];
    }
    return ["odd", last];
  }

  #submitAll(node: NodeOf<"map"> | NodeOf<"first">, last: unknown, place: Place) {
    const path = pathOf(node, place);
    const inputs = Array.from({ length: node.count }, (_, index) => input(node.call, mapItem(path, index)));
    return this.#tasks[node.call.task].map(inputs, unmapped(last));
  }

  /** Takes the results as they come; the first one of even weight wins, after a review if there is one. */
  async #first(node: NodeOf<"first">, last: unknown, place: Place): Promise<unknown> {
    const futures = this.#submitAll(node, last, place);
    const path = pathOf(node, place);
    let seen = 0;
    for await (const future of asCompleted(futures)) {
      seen += 1;
      const win = futures.indexOf(future);
      if (node.review !== null)
        await this.#tasks[node.review.task](input(node.review, `${path}?${seen}`), win);
      if (future.state?.type !== "COMPLETED") continue;
      const value = await future.result();
      if ((weigh(value) + win) % 2 === 0) return { win, value };
    }
    return "none";
  }
}

function input(call: CallShape, path: string): CallInput {
  return { path, task: call.task, fails: call.fails, shape: call.shape, salt: call.salt };
}
