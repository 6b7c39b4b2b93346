import { setMaxListeners } from "node:events";
import { EngineError } from "../base/errors.ts";
import { limitId } from "../engine/limit-asks.ts";
import type { SlotAnswer, SlotRequest } from "../redis/exchange-slots.ts";
import { leaseTtlMs } from "../redis/roster.ts";
import { countTickets, readTickets, readTicketWorkers, type SlotTicket } from "../redis/slot-tickets.ts";
import { LimitLine } from "./limit-line.ts";
import {
  createTicket,
  type LimitDeskOptions,
  type LimitPlace,
  type LinedUp,
  type OwnTicket,
  toRequest,
} from "./limit-place.ts";
import { UnsetLimits } from "./unset-limits.ts";

const tickMs = 1_000; // how long a lost word about a slot goes unnoticed

/**
 * What one process has to do with limits: its tickets, those that wait and those that hold slots.
 *
 * 1. Redis says who has a slot. What is published is a hint: whoever hears it asks, and begins when that was answered.
 * 2. A ticket is as good as its worker's lease. A sweeper gives away what dead workers held.
 * 3. What this process and Redis think of its tickets is compared now and then; lost words and leaks end there.
 */
export class LimitDesk {
  readonly #options: LimitDeskOptions;
  readonly #line: LimitLine;
  readonly #own = new Map<string, OwnTicket>();
  readonly #unset = new UnsetLimits();
  readonly #looks = new Map<string, () => void>(); // limit -> the way to forget its timer
  #listening: Promise<void> | null = null;
  #forgetTick: (() => void) | null = null;
  #odd = ""; // what did not fit at the last tick; "" = everything fitted
  #mayWait = true;

  constructor(options: LimitDeskOptions) {
    this.#options = options;
    this.#line = new LimitLine(options);
  }

  /**
   * Waits for a slot of each limit. null = it is not wanted any more: `stop` fired, or the process hands its runs over
   * and this was for one of them.
   */
  async enter(request: SlotRequest, stop: AbortSignal, isOfRun: boolean): Promise<LimitPlace | null> {
    const ticket = this.#add(request);
    const wake = (): void => ticket.wake();
    setMaxListeners(0, stop); // a run may wait for a thousand slots; that is no leak
    stop.addEventListener("abort", wake, { once: true });
    try {
      await this.#listen();
      for (;;) {
        const isWanted = (): boolean => !stop.aborted && (this.#mayWait || !isOfRun);
        const answer = isWanted() ? await this.#ask(ticket) : null;
        if (answer === null || !isWanted()) return this.#leave(ticket);
        if (answer.state === "granted") return this.#place(ticket);
        await ticket.woken();
      }
    } catch (error) {
      this.#leave(ticket);
      throw error;
    } finally {
      stop.removeEventListener("abort", wake);
    }
  }

  /** Puts what others can start, too, in line. It is handed to `onGranted` when its turn has come. */
  async lineUp(request: SlotRequest): Promise<LinedUp> {
    const ticket = this.#own.get(request.ticket) ?? this.#add(request);
    ticket.asking += 1;
    const state = await this.#stateOf(ticket).finally(() => (ticket.asking -= 1));
    if (ticket.isTaken) return "taken"; // another call of this process may have been quicker
    if (state === "granted") return this.#place(ticket);
    if (state !== "waiting") this.#own.delete(request.ticket);
    else if (ticket.isCalled && ticket.asking === 0) this.#granted(request.ticket);
    return state;
  }

  async #stateOf(ticket: OwnTicket): Promise<SlotAnswer["state"]> {
    if (ticket.isTaken) return "taken";
    await this.#listen();
    return (await this.#ask(ticket)).state;
  }

  /** A ticket that came here is for something that was begun: it is given back, unless somebody here uses it. */
  forgo(ticket: string): void {
    if (!this.#own.has(ticket)) this.#line.give(ticket);
  }

  /** Runs are handed over: none of them waits here any more. */
  stopWaiting(): void {
    this.#mayWait = false;
    for (const ticket of this.#own.values()) ticket.wake();
  }

  /** Compares with Redis what this process has; after its lease had run out, others may have taken it. */
  async compare(): Promise<void> {
    if (this.#listening !== null) await this.#line.alone(async () => this.#compare());
  }

  /** Gives away what workers held whose lease has run out, and takes their place in line. */
  async sweep(isAlive: (worker: string) => Promise<boolean>): Promise<void> {
    const { redis, namespace, worker } = this.#options;
    for (const other of await readTicketWorkers(redis, namespace))
      if (other !== worker && !(await isAlive(other))) await this.bury(other);
  }

  /** Takes the place of one dead worker. */
  async bury(dead: string): Promise<void> {
    const { redis, namespace } = this.#options;
    if (!(await readTicketWorkers(redis, namespace)).includes(dead)) return;
    await this.#listen();
    while ((await this.#line.bury(dead)) > 0);
  }

  /** What waits with a note goes on elsewhere; slots of functions that still run are left to the sweeper. */
  async close(): Promise<void> {
    this.#forgetTick?.();
    for (const forget of this.#looks.values()) forget();
    for (const ticket of this.#own.values())
      if (!ticket.isTaken && ticket.request.note === "") this.#leave(ticket);
    await this.#line.close();
  }

  #add(request: SlotRequest): OwnTicket {
    const ticket = createTicket(request);
    this.#own.set(request.ticket, ticket);
    this.#planTick();
    return ticket;
  }

  /** An answer that was long on its way may have been overtaken by the end of the lease: then it is asked again. */
  async #ask(ticket: OwnTicket): Promise<SlotAnswer> {
    for (;;) {
      const askedAt = performance.now();
      const answer = await this.#line.take(ticket.request);
      if (performance.now() - askedAt > leaseTtlMs / 2) continue;
      for (const error of this.#unset.find(ticket.request, answer.unset)) this.#options.onTrouble(error);
      return answer;
    }
  }

  #place(ticket: OwnTicket): LimitPlace {
    ticket.isTaken = true;
    return { lost: ticket.lost.signal, leave: () => void this.#leave(ticket) };
  }

  #leave(ticket: OwnTicket): null {
    const { ticket: name } = ticket.request;
    if (this.#own.get(name) !== ticket) return null; // it has left, or was lost
    this.#own.delete(name);
    this.#line.give(name);
    return null;
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.#options.listen((word) => this.#hear(word));
    await this.#listening;
  }

  #hear(word: string): void {
    const [, kind, ms, rest = ""] = /^(granted|adopted|wait) (?:(?<=wait )(\d+) )?(.*)$/s.exec(word) ?? [];
    if (kind === "wait") this.#lookAfter(Number(ms), rest);
    else if (kind === "granted") this.#granted(rest);
    else if (kind === "adopted") void this.compare().catch(this.#options.onTrouble);
  }

  #granted(name: string): void {
    const ticket = this.#own.get(name);
    if (ticket === undefined || ticket.isTaken) return;
    ticket.isCalled = ticket.asking > 0;
    if (ticket.isCalled) return; // the answer says so, too, or it was given before
    if (ticket.request.note === "") ticket.wake();
    else {
      this.#own.delete(name); // whoever begins it takes the ticket over
      this.#hand([ticket.request.note]);
    }
  }

  #hand(notes: readonly string[]): void {
    if (notes.length > 0) this.#options.onGranted(notes).catch(this.#options.onTrouble);
  }

  #lookAfter(ms: number, limit: string): void {
    this.#looks.get(limit)?.();
    const look = (): void => {
      this.#looks.delete(limit);
      this.#line.look(limit);
    };
    this.#looks.set(limit, this.#options.clock.after(ms, look));
  }

  #planTick(): void {
    this.#forgetTick ??= this.#options.clock.after(tickMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    try {
      const odd = await this.#findOdd();
      if (odd !== "" && odd === this.#odd) await this.compare(); // what was under way is over by now
      this.#odd = odd;
    } catch (error) {
      this.#options.onTrouble(error);
    }
    this.#forgetTick = null;
    if (this.#own.size > 0 || this.#odd !== "") this.#planTick();
  }

  async #findOdd(): Promise<string> {
    const own = [...this.#own.values()];
    const taken = own.filter(({ isTaken }) => isTaken).length;
    const counted = await countTickets(this.#options.redis, this.#options);
    const rates = own.flatMap(({ isTaken, request }) => (isTaken ? [] : request.asks));
    for (const id of new Set(rates.filter(({ kind }) => kind === "rate").map(limitId))) this.#line.look(id);
    const fits = counted.waiting === own.length - taken && counted.taken === taken;
    return fits && counted.offered.length === 0
      ? ""
      : `${counted.waiting - own.length} ${counted.taken - taken} ${counted.offered.join("\n")}`;
  }

  async #compare(): Promise<void> {
    const kept = new Map(
      (await readTickets(this.#options.redis, this.#options)).map((found) => [found.ticket, found]),
    );
    for (const [name, ticket] of this.#own) {
      const found = kept.get(name);
      kept.delete(name);
      if (ticket.isTaken && found?.state !== "t") {
        this.#own.delete(name);
        const text = "Its worker was taken for dead, and its slot was given to somebody else.";
        ticket.lost.abort(new EngineError("LEASE_LOST", text, { ticket: name }));
      } else if (!ticket.isTaken && ticket.asking === 0 && found?.state !== "w") this.#granted(name); // or it is gone, and lines up anew
    }
    this.#adopt([...kept.values()]);
  }

  /** Tickets that are this worker's, as Redis says, and that it does not know of. */
  #adopt(unknown: readonly SlotTicket[]): void {
    for (const ticket of unknown) {
      if (ticket.note === "" || ticket.state === "t") this.#line.give(ticket.ticket);
      else if (ticket.state === "o") this.#hand([ticket.note]);
      else this.#add(toRequest(ticket));
    }
  }
}
