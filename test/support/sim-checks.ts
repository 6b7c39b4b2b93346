import type { RecordedEvent } from "../../src/events/envelope.ts";
import { buildProgram } from "./programs-sdk.ts";
import { checkAgainstReference } from "./reference-check.ts";
import { coldReplay } from "./sim-replay.ts";
import { type SimOptions, Simulation } from "./sim-run.ts";
import { SimViolation } from "./sim-world.ts";

const noTasks = { work: async () => Promise.reject(new Error("A replay ran a task.")), failures: () => 0 };

/** Plays one seed and checks all that must be true of its history. @throws what was violated */
export async function simulate(options: SimOptions): Promise<Simulation> {
  const simulation = new Simulation(options);
  await simulation.play();
  const { world, program } = simulation;
  const events = world.log.eventsOf(world.run);
  checkOrder(events);
  checkFacts(events);
  await checkAgainstReference(program, events, world.payloads);
  await checkReplays(simulation, events);
  checkNothingHeld(simulation);
  return simulation;
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
  const ends = events.filter(({ type }) => type === "RunCompleted" || type === "RunFailed");
  check(
    ends.length === 1 && events.at(-1) === ends[0],
    `The run has ${ends.length} ends, or events after one.`,
  );
}

/** One end per call, recorded after the call; delivered once, after it was recorded; no sleep too short. */
export function checkFacts(events: readonly RecordedEvent[]): void {
  const calls = new Map<string, RecordedEvent>();
  const ends = new Set<string>();
  const delivered = new Set<number>();
  for (const event of events) {
    if (event.type === "TaskScheduled" || event.type === "TimerStarted") {
      check(!calls.has(event.data.key), `${event.data.key} was scheduled twice.`);
      calls.set(event.data.key, event);
    } else if (event.type === "TaskCompleted" || event.type === "TaskFailed" || event.type === "TimerFired") {
      const { key } = event.data;
      const call = calls.get(key);
      check(call !== undefined, `${event.type} of ${key}, which nobody scheduled.`);
      check(!ends.has(key), `${key} has two ends.`);
      ends.add(key);
      if (call?.type !== "TimerStarted") continue;
      const slept = event.recordedAt - call.recordedAt;
      check(slept >= call.data.ms, `${key} slept ${slept} ms instead of ${call.data.ms} ms.`);
    } else if (event.type === "TurnTaken") {
      for (const mark of event.data.delivered) {
        const position = mark > 0 ? mark : event.position + mark;
        check(
          position < event.position,
          `Turn ${event.data.n} delivers event ${position}, which comes later.`,
        );
        check(!delivered.has(position), `Event ${position} was delivered twice.`);
        delivered.add(position);
      }
    }
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
async function checkReplays({ program, world }: Simulation, events: readonly RecordedEvent[]): Promise<void> {
  const { flow } = buildProgram(program, noTasks);
  for (const length of world.log.boundariesOf(world.run)) {
    const { divergence, outcome } = await coldReplay(flow, events.slice(0, length), world.payloads);
    if (divergence !== null)
      throw new SimViolation(`The first ${length} events diverge: ${divergence.message}`);
    check(
      (outcome !== null) === (length === events.length),
      `After ${length} events the replay says ${outcome?.type ?? "not ended"}.`,
    );
  }
}
