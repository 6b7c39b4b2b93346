import {
  type CallInput,
  type CallShape,
  type Node,
  type NodeTable,
  type Outcome,
  type Place,
  type Program,
  pickFrom,
  sleepMs,
  top,
} from "./programs.ts";
import { Cell } from "./reference-cells.ts";
import { referenceTable, type Steps } from "./reference-steps.ts";

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

  readonly #table: NodeTable<Steps> = referenceTable({
    now: () => this.now,
    run: (node, last, place) => this.#run(node, last, place),
    spawn: (steps) => this.#spawn(steps),
    task: (shape, path, last) => this.#task(shape, path, last),
    sleep: (node, place) => this.#sleep(node, place),
  });

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

  #run(node: Node, last: unknown, place: Place): Steps {
    return pickFrom(this.#table, node)(last, place);
  }
}

function resume(steps: Steps, outcome: Outcome): IteratorResult<Cell, unknown> {
  return outcome.ok ? steps.next(outcome.value) : steps.throw(new Error(outcome.message));
}
