import type { PayloadStore } from "../../src/engine/run-log.ts";
import { baseKey } from "../../src/engine/scope.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { matches } from "./matches.ts";
import { LogValues } from "./reference-log.ts";
import { SimViolation } from "./sim-world.ts";

type Histories = ReadonlyMap<string, readonly RecordedEvent[]>;
type Scheduled = RecordedEvent<"ChildScheduled">;

/** Every child ended as its parent was told; none was made in vain, and none that goes its own way was forgotten. */
export function checkFamily(histories: Histories): void {
  for (const events of histories.values()) {
    for (const event of events)
      if (event.type === "ChildScheduled") checkChild(event, events, endOf(event.data.run, histories));
  }
}

/** The end of a run, or of the last one that carries it on. */
function endOf(run: string, histories: Histories): RecordedEvent | undefined {
  const events = histories.get(run);
  const continued = events?.find((event) => event.type === "RunContinued");
  return continued === undefined ? events?.at(-1) : endOf(continued.data.run, histories);
}

/** A run that carries another one on is there, is given what it was to be given, and the signals that nobody received. */
export async function checkContinued(histories: Histories, payloads: PayloadStore): Promise<number> {
  let count = 0;
  for (const [run, events] of histories) {
    const continued = events.find((event) => event.type === "RunContinued");
    if (continued === undefined) continue;
    count += 1;
    const next = histories.get(continued.data.run) ?? [];
    const [created, nextCreated] = [events[0], next[0]];
    if (created?.type !== "RunCreated" || nextCreated?.type !== "RunCreated")
      throw new SimViolation(`${run} goes on as ${continued.data.run}, which is not there.`);
    checkLinks(created, nextCreated);
    const values = new LogValues(next, payloads);
    const [given, said] = [nextCreated.data.input, continued.data.input];
    const isGiven = matches(await values.value(given), await values.value(said), new Map());
    check(isGiven, `${nextCreated.run} is given something else than ${run} says.`);
    checkHandedOn(events, next);
  }
  return count;
}

function checkLinks(created: RecordedEvent<"RunCreated">, next: RecordedEvent<"RunCreated">): void {
  const { links } = next.data;
  const isLinked =
    links?.continuedFrom === created.run && links.parent?.run === created.data.links?.parent?.run;
  check(isLinked, `${next.run} does not say that it carries ${created.run} on.`);
}

function checkHandedOn(events: readonly RecordedEvent[], next: readonly RecordedEvent[]): void {
  const begun = next.findIndex(({ type }) => type !== "RunCreated" && type !== "SignalReceived");
  const before = signalsOf(next.slice(0, begun < 0 ? next.length : begun));
  const unheard = unheardOf(events);
  check(
    unheard.every((id, index) => before[index] === id) && new Set(before).size === before.length,
    `${next[0]?.run} begins with signals ${before.join(", ")}, and was left ${unheard.join(", ")}.`,
  );
}

function signalsOf(events: readonly RecordedEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === "SignalReceived" ? [event.data.id] : []));
}

function unheardOf(events: readonly RecordedEvent[]): readonly string[] {
  const given = new Set<number>();
  for (const { type, position, data } of events)
    if (type === "TurnTaken") for (const mark of data.delivered) given.add(mark > 0 ? mark : position + mark);
  return signalsOf(events.filter(({ position }) => !given.has(position)));
}

function checkChild(
  scheduled: Scheduled,
  events: readonly RecordedEvent[],
  end: RecordedEvent | undefined,
): void {
  const { key, run: child, onClose } = scheduled.data;
  const isAbout = (event: RecordedEvent): boolean => "key" in event.data && event.data.key === key;
  const told = events.find((event) => event.type === "ChildEnded" && isAbout(event));
  const isReused = events.some((event) => event.type === "CallReused" && isAbout(event));
  check(!isReused || end === undefined, `${child} was made, though ${key} was answered before.`);
  const isUnwanted = events.some(
    (event) =>
      (event.type === "CallCancelled" && isAbout(event)) ||
      (event.type === "RunAttemptFailed" && event.position > scheduled.position),
  );
  const isAnswered = events.some(
    (event) =>
      event.type === "ChildEnded" && event.data.key !== key && baseKey(event.data.key) === baseKey(key),
  );
  const mustExist = onClose === "abandon" && !isReused && !isUnwanted && !isAnswered;
  check(!mustExist || end !== undefined, `${child} was abandoned, and never made.`);
  if (told?.type !== "ChildEnded") return;
  const state = end?.type.slice("Run".length).toUpperCase();
  check(told.data.state === state, `${key} ended ${told.data.state} by its parent, and ${state} by itself.`);
}

function check(condition: boolean, text: string): void {
  if (!condition) throw new SimViolation(text);
}
