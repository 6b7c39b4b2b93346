import type { Failure } from "./programs.ts";
import type { Cell } from "./reference-cells.ts";

/** What a cancellation can be about: everything that was called in here, but what is shielded within. */
export class Zone {
  readonly parent: Zone | null;
  readonly isShield: boolean;
  pending: Failure | null = null; // found nothing to cancel; the next call in here learns of it
  #cancellations = 0;

  constructor(parent: Zone | null, isShield = false) {
    this.parent = parent;
    this.isShield = isShield;
  }

  noteCancelled(): void {
    this.#cancellations += 1;
  }

  /** Cancellations that have reached this zone, from itself or from around. */
  get cancellations(): number {
    return this.#cancellations + (this.isShield ? 0 : (this.parent?.cancellations ?? 0));
  }

  reaches(inner: Zone): boolean {
    if (inner === this) return true;
    return !inner.isShield && inner.parent !== null && this.reaches(inner.parent);
  }

  /** The same, shields or not. */
  holds(inner: Zone): boolean {
    return inner === this || (inner.parent !== null && this.holds(inner.parent));
  }

  /** The cancellation that is pending here or around, and where. */
  takePending(): { readonly failure: Failure; readonly zone: Zone } | null {
    const failure = this.pending;
    this.pending = null;
    if (failure !== null) return { failure, zone: this };
    return this.isShield ? null : (this.parent?.takePending() ?? null);
  }
}

/** A call that the reference waits for. */
export interface OpenCell {
  readonly ident: string;
  readonly zone: Zone;
  readonly cell: Cell;
  readonly isAside: boolean; // nobody awaits it: a cancellation of it tells nobody
}

interface Ports {
  readonly isOver: () => boolean;
  readonly issue: (ident: string) => void;
}

/** The open calls of a program, and what a cancellation does to them. */
export class OpenCells {
  readonly #ports: Ports;
  readonly #open = new Map<string, OpenCell>();
  #waits: { readonly zone: Zone; readonly isQuiet: () => boolean; readonly cell: Cell }[] = [];
  widest = 0; // calls that one cancellation of the present instant reached

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  add(call: OpenCell): void {
    this.#open.set(call.ident, call);
  }

  /** null = not open */
  take(ident: string): Cell | null {
    const call = this.#open.get(ident);
    this.#open.delete(ident);
    return call?.cell ?? null;
  }

  has(ident: string): boolean {
    return this.#open.has(ident);
  }

  get idents(): readonly string[] {
    return [...this.#open.keys()];
  }

  isBusyIn(zone: Zone): boolean {
    return [...this.#open.values()].some((call) => zone.holds(call.zone));
  }

  withdraw(ident: string): void {
    if (this.#open.delete(ident) && !this.#ports.isOver()) this.#ports.issue(`cancel ${ident}`);
  }

  cancel(zone: Zone, failure: Failure): void {
    zone.noteCancelled();
    const reached = [...this.#open.values()].filter((call) => zone.reaches(call.zone));
    const waits = this.#waits.filter((wait) => zone.reaches(wait.zone));
    this.widest = Math.max(this.widest, reached.length + waits.length);
    for (const { ident } of reached) this.withdraw(ident);
    for (const { cell } of reached) cell.settle(failure);
    this.#waits = this.#waits.filter((wait) => !waits.includes(wait));
    for (const { cell } of waits) cell.settle(failure);
    const isHeard = waits.length > 0 || reached.some(({ isAside }) => !isAside);
    if (!isHeard) zone.pending = failure;
  }

  /** Settles once nothing can go on any more and `isQuiet`. */
  whenQuiet(zone: Zone, isQuiet: () => boolean, cell: Cell): Cell {
    this.#waits.push({ zone, isQuiet, cell });
    return cell;
  }

  /** The instant is over: nothing goes on by itself. @returns whether something did after all */
  settleQuiet(): boolean {
    const found = this.#waits.find(({ isQuiet }) => isQuiet());
    if (found === undefined) return false;
    this.#waits = this.#waits.filter((wait) => wait !== found);
    found.cell.settle({ ok: true, value: undefined });
    return true;
  }
}
