import {
  type CallInput,
  type CallShape,
  inLap,
  mapItem,
  type Node,
  type Outcome,
  pathOf,
  type Place,
  type Program,
  sleepMs,
  thrownAt,
  top,
  weigh,
} from "./programs.ts";
import { all, Cell, race } from "./reference-cells.ts";

/** A number or text that only the engine knows: what `random()` or `uuid()` gave at one place. */
export class Drawn {
  readonly kind: "random" | "uuid";
  readonly path: string;
  constructor(kind: "random" | "uuid", path: string) {
    this.kind = kind;
    this.path = path;
  }
}

/** A call that the program has made; `ident` tells it from every other one. */
export interface ReferenceCall {
  readonly ident: string;
  readonly input: CallInput | null; // null = a sleep
  readonly last: unknown; // second argument of a task
  readonly ms: number; // of a sleep
}

export function taskIdent(path: string): string {
  return `task ${path}`;
}

export function sleepIdent(ms: number): string {
  return `sleep ${ms}`;
}

type Steps = Generator<Cell, unknown, unknown>;

/**
 * The reference: an interpreter of programs without promises and without the engine. It is told which call ended, one
 * after another, as the log recorded it, and does at once whatever follows; what it has then asked for, and what it
 * ends with, is the only legal answer to that order.
 */
export class Reference {
  readonly #program: Program;
  readonly #open = new Map<string, Cell>();
  readonly #made = new Map<string, ReferenceCall>();
  #issued: ReferenceCall[] = [];
  #main: Cell | null = null;
  now = 0; // logical time; set before each delivery

  constructor(program: Program) {
    this.#program = program;
  }

  start(): void {
    this.#main = this.#spawn(this.#run(this.#program.root, this.#program.input, top));
  }

  /** @returns false when no such call is open */
  deliver(ident: string, outcome: Outcome): boolean {
    const cell = this.#open.get(ident);
    if (cell === undefined) return false;
    this.#open.delete(ident);
    cell.settle(outcome);
    return true;
  }

  takeIssued(): readonly ReferenceCall[] {
    return this.#issued.splice(0);
  }

  /** A call that was made, whether it has ended or not. */
  callOf(ident: string): ReferenceCall | undefined {
    return this.#made.get(ident);
  }

  /** How the flow ended; null = it has not. */
  get outcome(): Outcome | null {
    return this.#main?.outcome ?? null;
  }

  #spawn(steps: Steps): Cell {
    const cell = new Cell();
    const go = (advance: () => IteratorResult<Cell, unknown>): void => {
      let next: IteratorResult<Cell, unknown>;
      try {
        next = advance();
      } catch (error) {
        cell.settle({ ok: false, message: error instanceof Error ? error.message : String(error) });
        return;
      }
      if (next.done === true) cell.settle({ ok: true, value: next.value });
      else next.value.watch((outcome) => go(() => resume(steps, outcome)));
    };
    go(() => steps.next());
    return cell;
  }

  #issue(call: ReferenceCall): Cell {
    const cell = new Cell();
    if (this.outcome !== null) return cell; // the flow has ended: nobody listens any more
    if (this.#made.has(call.ident))
      throw new Error(`The program makes ${call.ident} twice; the generator must not do that.`);
    this.#made.set(call.ident, call);
    this.#open.set(call.ident, cell);
    this.#issued.push(call);
    return cell;
  }

  #task(shape: CallShape, path: string, last: unknown): Cell {
    const input: CallInput = { ...shape, path };
    return this.#issue({ ident: taskIdent(path), input, last, ms: 0 });
  }

  #sleep(node: { readonly id: number; readonly ms: number }, place: Place): Cell {
    const ms = sleepMs(node, place);
    return this.#issue({ ident: sleepIdent(ms), input: null, last: null, ms });
  }

  *#run(node: Node, last: unknown, place: Place): Steps {
    const path = pathOf(node, place);
    switch (node.kind) {
      case "value":
        return node.value;
      case "now":
        return this.now;
      case "random":
      case "uuid":
        return new Drawn(node.kind, path);
      case "throw":
        throw new Error(thrownAt(path));
      case "sleep":
        yield this.#sleep(node, place);
        return "slept";
      case "task":
        return yield this.#task(node.call, path, last);
      case "nested":
        return yield* this.#run(node.body, last, place);
      case "if":
        return yield* this.#run(weigh(last) % 2 === 1 ? node.odd : node.even, last, place);
      case "seq":
        return yield* this.#seq(node.parts, last, place);
      case "all":
        return yield all(node.parts.map((part) => this.#spawn(this.#run(part, last, place))));
      case "race":
        return yield race(node.parts.map((part) => this.#spawn(this.#run(part, last, place))));
      case "try":
        return yield* this.#try(node, last, place);
      case "loop":
        return yield* this.#loop(node, last, place);
      default:
        return yield* this.#runSubmitting(node, last, place);
    }
  }

  *#runSubmitting(node: Node, last: unknown, place: Place): Steps {
    const path = pathOf(node, place);
    switch (node.kind) {
      case "hold": {
        const future = this.#task(node.call, path, last);
        const during = yield* this.#run(node.during, last, place);
        return [during, yield future];
      }
      case "pipe": {
        const value = yield this.#task(node.first, path, last);
        return yield this.#task(node.second, `${path}+`, value);
      }
      case "map":
        return yield all(this.#submitAll(node, path, last));
      case "first":
        return yield* this.#first(node, path, last);
      case "wait": {
        const future = this.#task(node.call, path, last);
        const either = new Cell();
        future.watch(() => either.settle({ ok: true, value: true }));
        this.#sleep(node, place).watch(() => either.settle({ ok: true, value: false }));
        const ended = yield either;
        const state = future.outcome === null ? "PENDING" : future.outcome.ok ? "COMPLETED" : "FAILED";
        return [ended, state];
      }
      default:
        throw new Error(`No program has a ${node.kind}.`);
    }
  }

  *#seq(parts: readonly Node[], given: unknown, place: Place): Steps {
    const values: unknown[] = [];
    let last = given;
    for (const part of parts) {
      last = yield* this.#run(part, last, place);
      values.push(last);
    }
    return values;
  }

  *#try({ body, handler, cleanup }: Extract<Node, { kind: "try" }>, last: unknown, place: Place): Steps {
    let cleaned: unknown = null;
    let value: unknown;
    try {
      value = yield* this.#run(body, last, place);
    } catch (error) {
      if (handler === null || !(error instanceof Error)) throw error;
      value = { caught: error.message, then: yield* this.#run(handler, error.message, place) };
    } finally {
      if (cleanup !== null) cleaned = yield* this.#run(cleanup, last, place);
    }
    return [value, cleaned];
  }

  *#loop({ times, body }: Extract<Node, { kind: "loop" }>, given: unknown, place: Place): Steps {
    let last = given;
    for (let index = 0; index < times; index += 1) {
      last = yield* this.#run(body, last, inLap(place, index));
      if (weigh(last) % 2 === 0) return ["even", index, last];
    }
    return ["odd", last];
  }

  #submitAll(node: Extract<Node, { kind: "map" | "first" }>, path: string, last: unknown): Cell[] {
    return Array.from({ length: node.count }, (_, index) =>
      this.#task(node.call, mapItem(path, index), last),
    );
  }

  *#first(node: Extract<Node, { kind: "first" }>, path: string, last: unknown): Steps {
    const ended: number[] = [];
    const results = new Map<number, Outcome>();
    let news = new Cell();
    for (const [index, cell] of this.#submitAll(node, path, last).entries()) {
      cell.watch((outcome) => {
        ended.push(index);
        results.set(index, outcome);
        news.settle({ ok: true, value: null });
      });
    }
    for (let seen = 1; seen <= node.count; seen += 1) {
      if (ended.length < seen) {
        news = new Cell();
        yield news;
      }
      const win = ended[seen - 1] ?? -1;
      if (node.review !== null) yield this.#task(node.review, `${path}?${seen}`, win);
      const outcome = results.get(win);
      if (outcome?.ok !== true) continue;
      if ((weigh(outcome.value) + win) % 2 === 0) return { win, value: outcome.value };
    }
    return "none";
  }
}

function resume(steps: Steps, outcome: Outcome): IteratorResult<Cell, unknown> {
  return outcome.ok ? steps.next(outcome.value) : steps.throw(new Error(outcome.message));
}
