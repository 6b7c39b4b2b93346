import { z } from "zod";
import { continueAsNew } from "../../src/engine/final-state.ts";
import { now, random, uuid } from "../../src/sdk/deterministic.ts";
import type { Flow } from "../../src/sdk/flow.ts";
import { asCompleted } from "../../src/sdk/futures.ts";
import { unmapped } from "../../src/sdk/map-arguments.ts";
import { patched } from "../../src/sdk/patches.ts";
import { branch, race, shield, withTimeout } from "../../src/sdk/scopes.ts";
import { waitForInput } from "../../src/sdk/signals.ts";
import { sleep } from "../../src/sdk/sleep.ts";
import type { Task } from "../../src/sdk/task.ts";
import {
  type CallInput,
  type CallShape,
  type ChildInput,
  findChild,
  inLap,
  mapItem,
  type Node,
  type NodeOf,
  type NodeTable,
  type Place,
  type Program,
  patchId,
  pathOf,
  pickFrom,
  sleepMs,
  type TaskName,
  thrownAt,
  top,
  weigh,
} from "./programs.ts";
import { nextRound } from "./programs-rounds.ts";

export type Tasks = Readonly<Record<TaskName, Task<[CallInput, unknown], unknown>>>;
export type Child = Flow<[ChildInput], unknown>;

/** What programs call. */
export interface Callees {
  readonly tasks: Tasks;
  readonly child: Child; // the flow of all children
}

/** What the flow of a program does. */
export async function runProgram(program: Program, callees: Callees, given: string): Promise<unknown> {
  const value = await new ProgramRun(program, callees).run(program.root, given, top);
  return orContinue(program, given, value);
}

/** What the flow of its children does. */
export async function runChild(program: Program, callees: Callees, given: ChildInput): Promise<unknown> {
  const { id, last, path, lap } = given;
  const { body } = findChild(program.root, id);
  return orContinue(program, given, await new ProgramRun(program, callees).run(body, last, { path, lap }));
}

function orContinue(program: Program, given: string | ChildInput, value: unknown): unknown {
  const next = nextRound(program, given);
  return next === null ? value : continueAsNew(next);
}

/** One execution of a program: plain async functions and Promise.all/race, as people write them. */
class ProgramRun {
  readonly #tasks: Tasks;
  readonly #child: Child;
  readonly #of: unknown;
  readonly #table: NodeTable<Promise<unknown>> = {
    value: async ({ value }) => value,
    now: async () => now(),
    random: async () => random(),
    uuid: async () => uuid(),
    throw: async (node, _last, place) => Promise.reject(new Error(thrownAt(pathOf(node, place)))),
    sleep: async (node, _last, place) => sleep(sleepMs(node, place)).then(() => "slept"),
    task: async (node, last, place) => this.#task(node.call)(input(node.call, pathOf(node, place)), last),
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
      const future = this.#task(node.call).submit(input(node.call, pathOf(node, place)), last);
      const during = await this.run(node.during, last, place);
      return [during, await future.result()];
    },
    pipe: async (node, last, place) => {
      const path = pathOf(node, place);
      const future = this.#task(node.first).submit(input(node.first, path), last);
      return this.#task(node.second)(input(node.second, `${path}+`), future);
    },
    map: async (node, last, place) => this.#submitAll(node, last, place).result(),
    first: async (node, last, place) => this.#first(node, last, place),
    wait: async (node, last, place) => {
      const future = this.#task(node.call).submit(input(node.call, pathOf(node, place)), last);
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
      const future = this.#task(node.call).submit(input(node.call, pathOf(node, place)), last);
      return withTimeout(sleepMs(node, place), async () => future.result());
    },
    shield: async ({ body }, last, place) => shield(async () => this.run(body, last, place)),
    branch: async ({ body, id }, last, place) => branch(`b${id}`, async () => this.run(body, last, place)),
    contest: async ({ parts }, last, place) => {
      const branches = parts.map((part, index) => [`b${index}`, async () => this.run(part, last, place)]);
      const { winner, value } = await race(Object.fromEntries(branches) as Record<string, () => unknown>);
      return { win: Number(winner.slice(1)), value };
    },
    child: async (node, last, place) => this.#callChild(node, last, place),
    patch: async (node, last, place) => this.run(patched(patchId(node)) ? node.fresh : node.old, last, place),
  };

  constructor({ of }: Program, { tasks, child }: Callees) {
    this.#tasks = tasks;
    this.#child = child;
    this.#of = of;
  }

  async #callChild({ how, onClose, id }: NodeOf<"child">, last: unknown, place: Place): Promise<unknown> {
    const child = this.#child.withOptions({ onParentClose: onClose });
    const given: ChildInput = { of: this.#of, id, last, path: place.path, lap: place.lap };
    if (how === "inline") return child(given);
    const future = child.submit(given);
    return how === "submit" ? future.result() : "left";
  }

  #task({ task, isFresh }: CallShape): Tasks[TaskName] {
    return isFresh === true ? this.#tasks[task].withOptions({ refreshCache: true }) : this.#tasks[task];
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
    return this.#task(node.call).map(inputs, unmapped(last));
  }

  /** Takes the results as they come; the first one of even weight wins, after a review if there is one. */
  async #first(node: NodeOf<"first">, last: unknown, place: Place): Promise<unknown> {
    const futures = this.#submitAll(node, last, place);
    const path = pathOf(node, place);
    let seen = 0;
    for await (const future of asCompleted(futures)) {
      seen += 1;
      const win = futures.indexOf(future);
      if (node.review !== null) await this.#task(node.review)(input(node.review, `${path}?${seen}`), win);
      if (future.state?.type !== "COMPLETED") continue;
      const value = await future.result();
      if ((weigh(value) + win) % 2 === 0) return { win, value };
    }
    return "none";
  }
}

function input(call: CallShape, path: string): CallInput {
  return { ...call, path };
}
