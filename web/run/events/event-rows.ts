import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { keyOf } from "../scrubber/describe-event.ts";

/** What of the events is to be shown. */
export interface EventFilter {
  readonly text: string; // in type, subject or actor; "" = all
  readonly type: string; // "" = all
}

type EventAt = (position: number) => RecordedEvent | null;

/** Whether an event is to be shown. */
function fits({ type, actor, data }: RecordedEvent, filter: EventFilter): boolean {
  if (filter.type !== "" && type !== filter.type) return false;
  const wanted = filter.text.trim().toLowerCase();
  if (wanted === "") return true;
  const key = "key" in data ? data.key : "";
  const name = "name" in data && typeof data.name === "string" ? data.name : "";
  return [type, actor, key, name].some((part) => part.toLowerCase().includes(wanted));
}

/**
 * The events to be shown, newest first, up to event `n`. Of a history that is not whole, the newest are there before the
 * middle is: `eventAt` answers null for what is not here yet.
 */
export function eventRows(n: number, eventAt: EventAt, filter: EventFilter): readonly RecordedEvent[] {
  const rows: RecordedEvent[] = [];
  for (let position = n; position > 0; position -= 1) {
    const event = eventAt(position);
    if (event !== null && fits(event, filter)) rows.push(event);
  }
  return rows;
}

/** The types of event that occur among the first `n`, as far as they are here, by name. */
export function typesAmong(n: number, eventAt: EventAt): readonly string[] {
  const types = new Set<string>();
  for (let position = 1; position <= n; position += 1) {
    const type = eventAt(position)?.type;
    if (type !== undefined) types.add(type);
  }
  return [...types].sort();
}

/** The nearest other event about the same call, before (-1) or after (1) a position; null = there is none. */
export function neighbour(position: number, step: 1 | -1, last: number, eventAt: EventAt): number | null {
  const event = eventAt(position);
  const key = event === null ? null : keyOf(event);
  if (key === null) return null;
  for (let other = position + step; other > 0 && other <= last; other += step) {
    const found = eventAt(other);
    if (found !== null && keyOf(found) === key) return other;
  }
  return null;
}
