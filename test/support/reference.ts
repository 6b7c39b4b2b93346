import {
  type CallInput,
  type CallShape,
  type ChildInput,
  type Failure,
  type Node,
  type NodeOf,
  type NodeTable,
  type Outcome,
  type Place,
  pathOf,
  pickFrom,
  sleepMs,
} from "./programs.ts";
import { allEnded, Cell, type Instants, Thrown } from "./reference-cells.ts";
import { scopeTable } from "./reference-scopes.ts";
import { type ReferencePorts, referenceTable, type Steps, zoneOf } from "./reference-steps.ts";
import { PendingTakes } from "./reference-takes.ts";
import { OpenCells, Zone } from "./reference-zones.ts";

/** A call that the program has made; `ident` tells it from every other one. */
export interface ReferenceCall {
  readonly ident: string;
  readonly input: CallInput | null; // of a task
  readonly last: unknown; // second argument of a task
  readonly child: { readonly node: NodeOf<"child">; readonly input: ChildInput } | null;
  readonly signal: string | null; // name of the signal that it waits for
}

const plain = { input: null, last: null, child: null, signal: null };

export interface ReferenceOptions {
  readonly root: Node;
  readonly input: unknown;
  readonly place: Pick<Place, "path" | "lap">;
  readonly of: unknown; // the program
  readonly isNew: (patch: string) => boolean; // the run takes the new way of a change
}

/**
 * The reference: an interpreter of programs without promises and without the engine. It is told what reached the
 * program, one after another, as the log recorded it, and does at once whatever follows; what it has then asked for,
 * and what it ends with, is the only legal answer to that order.
 */
export class Reference implements Instants {
  readonly #options: ReferenceOptions;
  readonly #cells: OpenCells;
  readonly #takes = new PendingTakes();
  readonly #made = new Map<string, ReferenceCall>();
  readonly #patches = new Map<string, boolean>();
  readonly #joins: Cell[] = [];
  readonly root = new Zone(null);
  readonly #table: NodeTable<Steps>;
  #issued: ReferenceCall[] = [];
  #main: Cell | null = null;
  #joined: Cell | null = null;
  #isBusy = false; // something was asked for at this instant
  now = 0; // logical time; set before each delivery
  instant = 0;
  isAmbiguous = false; // what comes next depends on the order of microtasks

  constructor(options: ReferenceOptions) {
    this.#options = options;
    this.#cells = new OpenCells({
      isOver: () => this.outcome !== null,
      issue: (ident) => this.#issued.push({ ...plain, ident }),
    });
    const ports = this.#toPorts();
    this.#table = { ...referenceTable(ports), ...scopeTable(ports) };
  }

  #toPorts(): ReferencePorts {
    return {
      time: this,
      cells: this.#cells,
      now: () => this.now,
      run: (node, last, place) => this.#run(node, last, place),
      spawn: (steps) => this.#spawn(steps),
      task: (shape, path, about) => this.#task(shape, path, about),
      sleep: (node, place, isAside) => this.#sleep(node, place, isAside),
      signal: (node, place) => {
        const call = { ...plain, ident: `signal ${pathOf(node, place)}`, signal: node.name };
        return this.#issue(call, zoneOf(place));
      },
      child: (node, last, place) => this.#child(node, last, place),
      isNew: (patch) => this.#isNew(patch),
      takePending: (zone) => this.#takePending(zone),
    };
  }

  start(): void {
    const { root, input, place } = this.#options;
    this.#main = this.#spawn(this.#run(root, input, { ...place, zone: this.root }));
    this.#main.watch(() => {
      this.#joined = allEnded([...this.#joins]);
    });
    this.#settle();
  }

  /** @returns false when no such call is open */
  deliver(ident: string, outcome: Outcome): boolean {
    const cell = this.#cells.take(ident);
    if (cell !== null) this.#happen(() => cell.settle(outcome));
    return cell !== null;
  }

  /** Somebody wants the run to end. */
  cancel(failure: Failure): void {
    this.#happen(() => this.#cells.cancel(this.root, failure));
  }

  /** Where several parts of the program go on at once and one of them ends it, the others may come before or after. */
  #happen(what: () => void): void {
    this.instant += 1;
    this.#isBusy = false;
    this.#cells.widest = 0;
    this.#takes.beginInstant();
    const wasOpen = this.outcome === null;
    what();
    this.#settle();
    const isWide = this.#cells.widest > 1 || this.#joins.length > 0;
    if (wasOpen && isWide && this.#endedBusy()) this.isAmbiguous = true;
  }

  /** Waits for a signal that are open. */
  openSignals(name: string): readonly ReferenceCall[] {
    return this.#cells.idents.flatMap((ident) => {
      const call = this.#made.get(ident);
      return call?.signal === name ? [call] : [];
    });
  }

  takeIssued(): readonly ReferenceCall[] {
    return this.#issued.splice(0);
  }

  /** A call that was made, whether it has ended or not. */
  callOf(ident: string): ReferenceCall | undefined {
    return this.#made.get(ident);
  }

  isOpen(ident: string): boolean {
    return this.#cells.has(ident);
  }

  /** How the flow ended; null = it has not. */
  get outcome(): Outcome | null {
    return this.#joined?.outcome === null ? null : (this.#main?.outcome ?? null);
  }

  #endedBusy(): boolean {
    return this.outcome !== null && this.#isBusy;
  }

  #settle(): void {
    while (this.#cells.settleQuiet());
  }

  #spawn(steps: Steps): Cell {
    const cell = new Cell();
    const go = (advance: () => IteratorResult<Cell, unknown>): void => {
      let next: IteratorResult<Cell, unknown>;
      try {
        next = advance();
      } catch (error) {
        if (!(error instanceof Thrown)) throw error;
        return cell.settle(error.failure);
      }
      if (next.done === true) cell.settle({ ok: true, value: next.value });
      else next.value.watch((outcome) => this.#takes.within(() => go(() => resume(steps, outcome))));
    };
    this.#takes.within(() => go(() => steps.next()));
    return cell;
  }

  #issue(call: ReferenceCall, zone: Zone, isAside = false): Cell {
    const cell = new Cell();
    this.#isBusy = true;
    if (this.outcome !== null) return cell; // the flow has ended: nobody listens any more
    const pending = this.#takePending(zone);
    if (pending !== null) {
      cell.settle(pending);
      return cell;
    }
    if (this.#takes.mightHaveTaken(zone)) this.isAmbiguous = true;
    if (this.#made.has(call.ident))
      throw new Error(`The program makes ${call.ident} twice; the generator must not do that.`);
    this.#made.set(call.ident, call);
    this.#cells.add({ ident: call.ident, zone, cell, isAside });
    this.#issued.push(call);
    return cell;
  }

  #takePending(zone: Zone): Failure | null {
    const pending = this.#takes.take(zone);
    if (pending !== null && this.#cells.widest > 1) this.isAmbiguous = true; // somebody else might have come first
    return pending;
  }

  #task(shape: CallShape, path: string, { last, place }: { last: unknown; place: Place }): Cell {
    const input: CallInput = { ...shape, path };
    return this.#issue({ ...plain, ident: taskIdent(path), input, last }, zoneOf(place));
  }

  #sleep(node: { readonly id: number; readonly ms: number }, place: Place, isAside = false): Cell {
    return this.#issue({ ...plain, ident: sleepIdent(sleepMs(node, place)) }, zoneOf(place), isAside);
  }

  #child(node: NodeOf<"child">, last: unknown, place: Place): Cell {
    const path = pathOf(node, place);
    const { of } = this.#options;
    const child = { node, input: { of, id: node.id, last, path: place.path, lap: place.lap } };
    const cell = this.#issue({ ...plain, ident: childIdent(path), child }, zoneOf(place));
    if (node.onClose === "wait") this.#joins.push(cell);
    return cell;
  }

  #isNew(patch: string): boolean {
    const known = this.#patches.get(patch);
    if (known !== undefined) return known;
    const isNew = this.#options.isNew(patch);
    this.#patches.set(patch, isNew);
    if (isNew && this.outcome === null) this.#issued.push({ ...plain, ident: `patch ${patch}` });
    return isNew;
  }

  #run(node: Node, last: unknown, place: Place): Steps {
    return pickFrom(this.#table, node)(last, place);
  }
}

export function taskIdent(path: string): string {
  return `task ${path}`;
}

export function sleepIdent(ms: number): string {
  return `sleep ${ms}`;
}

export function childIdent(path: string): string {
  return `child ${path}`;
}

function resume(steps: Steps, outcome: Outcome): IteratorResult<Cell, unknown> {
  return outcome.ok ? steps.next(outcome.value) : steps.throw(new Thrown(outcome));
}
