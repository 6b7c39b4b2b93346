import {
  isEnding,
  isFact,
  isKeyed,
  isWait,
  type KeyedFact,
  type RecordedWait,
} from "../../src/engine/history.ts";
import type { FlowSpec } from "../../src/engine/specs.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { type BuiltProgram, buildProgram } from "./programs-build.ts";
import { checkAgainstReference, type Judged } from "./reference-check.ts";
import { checkShared } from "./sim-cache.ts";
import { checkContinued, checkFamily } from "./sim-family.ts";
import { coldReplay } from "./sim-replay.ts";
import { type SimOptions, Simulation } from "./sim-run.ts";
import { SimViolation } from "./sim-world.ts";

const noTasks = { work: async () => Promise.reject(new Error("A replay ran a task.")), failures: () => 0 };

/** A played seed, with how much of it the reference could judge. */
export interface Played {
  readonly simulation: Simulation;
  readonly judged: ReadonlyMap<string, Judged>; // by run
  readonly reused: number; // results of other calls that stood for calls
  readonly continued: number; // runs that went on as new ones
}

/** Plays one seed and checks all that must be true of its histories. @throws what was violated */
export async function simulate(options: SimOptions): Promise<Played> {
  const simulation = new Simulation(options);
  await simulation.play();
  const { world, program } = simulation;
  const judged = new Map<string, Judged>();
  for (const run of world.runs) {
    const events = world.log.eventsOf(run);
    checkOrder(events);
    checkFacts(events);
    judged.set(run, await checkAgainstReference(program, events, world.payloads));
    await checkReplays(simulation, run, events);
  }
  const histories = new Map(world.runs.map((run) => [run, world.log.eventsOf(run)]));
  checkFamily(histories);
  const continued = await checkContinued(histories, world.payloads);
  const reused = await checkShared(histories, world.payloads);
  checkNothingHeld(simulation);
  return { simulation, judged, reused, continued };
}

function check(condition: boolean, text: string): void {
  if (!condition) throw new SimViolation(text);
}

/** Positions and turns are dense, epochs never fall, nothing comes after the end. */
export function checkOrder(events: readonly RecordedEvent[]): void {
  let turns = 0;
  let epoch = 0;
  for (const [index, event] of events.entries()) {
    check(event.position === index + 1, `Event ${index + 1} has position ${event.position}.`);
    if (event.type !== "TurnTaken") continue;
    turns += 1;
    check(event.data.n === turns, `Turn ${turns} is called ${event.data.n}.`);
    check(event.data.epoch >= epoch, `Turn ${turns} has epoch ${event.data.epoch}, after ${epoch}.`);
    epoch = event.data.epoch;
  }
  const ends = events.filter(isEnding);
  check(
    ends.length === 1 && events.at(-1) === ends[0],
    `The run has ${ends.length} ends, or events after one.`,
  );
}

/**
 * One end per call, recorded after the call and never after its cancellation; delivered once, after it was recorded; no
 * sleep too short; signals in the order of sending.
 */
export function checkFacts(events: readonly RecordedEvent[]): void {
  const checker = new FactChecker(events);
  for (const event of events) checker.see(event);
}

class FactChecker {
  readonly #events: readonly RecordedEvent[];
  readonly #calls = new Map<string, RecordedWait>();
  readonly #ends = new Set<string>();
  readonly #delivered = new Set<number>();
  readonly #cancelled = new Set<string>();
  readonly #newest = new Map<string, number>(); // position of the last signal that was given, by name

  constructor(events: readonly RecordedEvent[]) {
    this.#events = events;
  }

  see(event: RecordedEvent): void {
    if (isWait(event)) this.#seeCall(event);
    else if (event.type === "CallCancelled") this.#seeCancelled(event.data.key);
    else if (event.type === "SignalReceived") this.#seeOnce(`signal ${event.data.id}`);
    else if (event.type === "TurnTaken") for (const mark of event.data.delivered) this.#seeGiven(event, mark);
    else if (isFact(event) && isKeyed(event)) this.#seeEnd(event);
  }

  #seeOnce(what: string): void {
    check(!this.#ends.has(what), `${what} is there twice.`);
    this.#ends.add(what);
  }

  #seeCall(event: RecordedWait): void {
    check(!this.#calls.has(event.data.key), `${event.data.key} was asked for twice.`);
    this.#calls.set(event.data.key, event);
  }

  #seeCancelled(key: string): void {
    check(this.#calls.has(key) && !this.#cancelled.has(key), `${key} was cancelled, and is no open call.`);
    this.#cancelled.add(key);
  }

  #seeEnd(event: KeyedFact): void {
    const { key } = event.data;
    const call = this.#calls.get(key);
    check(call !== undefined, `${event.type} of ${key}, which nobody asked for.`);
    check(!this.#cancelled.has(key), `${key} has an end after its cancellation.`);
    this.#seeOnce(`end of ${key}`);
    if (event.type !== "TimerFired" || call?.type !== "TimerStarted") return;
    const slept = event.recordedAt - call.recordedAt;
    check(slept >= call.data.ms, `${key} slept ${slept} ms instead of ${call.data.ms} ms.`);
  }

  #seeGiven({ position: at, data }: RecordedEvent<"TurnTaken">, mark: number): void {
    const position = mark > 0 ? mark : at + mark;
    check(position < at, `Turn ${data.n} delivers event ${position}, which comes later.`);
    check(!this.#delivered.has(position), `Event ${position} was delivered twice.`);
    this.#delivered.add(position);
    const fact = this.#events[position - 1];
    if (fact?.type !== "SignalReceived") return;
    const before = this.#newest.get(fact.data.name) ?? 0;
    check(position > before, `Signal ${fact.data.id} overtook an earlier one of its name.`);
    this.#newest.set(fact.data.name, position);
  }
}

/** What is over leaves no trace but its events, unless its process died on it. */
function checkNothingHeld(simulation: Simulation): void {
  for (const text of simulation.world.log.shard.attempts.values()) {
    const { worker } = JSON.parse(text) as { readonly worker: string };
    check(!simulation.isAlive(worker), `An attempt is still held: ${text}`);
  }
}

/** Every prefix that ends with a commit can be repeated from nothing; the whole one gives the recorded result. */
async function checkReplays(
  { program, world }: Simulation,
  run: string,
  events: readonly RecordedEvent[],
): Promise<void> {
  const flow = flowOf(buildProgram(program, noTasks), events);
  for (const length of world.log.boundariesOf(run)) {
    const { divergence, outcome } = await coldReplay(flow, events.slice(0, length), world.payloads);
    if (divergence !== null)
      throw new SimViolation(`The first ${length} events diverge: ${divergence.message}`);
    check(
      (outcome !== null) === endsHere(events, length),
      `After ${length} events the replay says ${outcome?.type ?? "not ended"}.`,
    );
  }
}

/** The flow function ends with the last turn of each attempt; a run that was never begun has none. */
function endsHere(events: readonly RecordedEvent[], length: number): boolean {
  const last = events[length - 1];
  return length === events.length && last !== undefined && events.some(({ type }) => type === "TurnTaken");
}

/** The code of a run. */
export function flowOf({ flows }: BuiltProgram, [created]: readonly RecordedEvent[]): FlowSpec {
  const flow = created?.type === "RunCreated" ? flows.get(created.data.flow) : undefined;
  if (flow === undefined) throw new SimViolation("A run of a flow that the program does not have.");
  return flow;
}
