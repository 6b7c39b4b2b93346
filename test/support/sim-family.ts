import { baseKey } from "../../src/engine/scope.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { SimViolation } from "./sim-world.ts";

type Scheduled = RecordedEvent<"ChildScheduled">;

/** Every child ended as its parent was told; none was made in vain, and none that goes its own way was forgotten. */
export function checkFamily(histories: ReadonlyMap<string, readonly RecordedEvent[]>): void {
  for (const events of histories.values()) {
    for (const event of events)
      if (event.type === "ChildScheduled") checkChild(event, events, histories.get(event.data.run)?.at(-1));
  }
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
