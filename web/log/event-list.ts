import type { WireEvent } from "../../src/server/contract/wire-event.ts";
import type { LogSearch } from "./log-search.ts";

/** Tells an event among those of all runs. */
export function keyOf({ run, position }: WireEvent): string {
  return `${run}@${position}`;
}

/** What was heard before what was loaded, each event once. */
export function mergeEvents(heard: readonly WireEvent[], loaded: readonly WireEvent[]): readonly WireEvent[] {
  const seen = new Set<string>();
  return [...heard, ...loaded].filter((event) => {
    const key = keyOf(event);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Whether an event that was heard live belongs to a list. Which flow it is of only the server knows. */
export function fitsFilter({ type, run, actor, flow }: LogSearch, event: WireEvent): boolean {
  if (flow !== undefined) return false; // asked for again, not guessed
  const types = type?.split(",").map((one) => one.trim().toLowerCase());
  return (
    (types === undefined || types.includes(event.type.toLowerCase())) &&
    (run === undefined || event.run.startsWith(run)) &&
    (actor === undefined || event.actor.startsWith(actor))
  );
}

/** What an event is about, in a few words of its data. */
export function aboutOf({ data }: WireEvent): string {
  const parts = ["key", "name", "reason", "message", "flow"].flatMap((field) => {
    const value = data[field];
    return typeof value === "string" && value !== "" ? [value] : [];
  });
  const { error } = data;
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string")
    parts.push(error.message);
  return [...new Set(parts)].join(" · ");
}
