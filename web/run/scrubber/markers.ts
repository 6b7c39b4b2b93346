import type { RecordedEvent } from "../../../src/events/envelope.ts";

/** Why an event is worth a mark on the scrubber. */
export type MarkerKind = "failure" | "wait" | "signal";

export interface Marker {
  readonly position: number;
  readonly kind: MarkerKind;
}

const kinds: ReadonlyMap<string, MarkerKind> = new Map<RecordedEvent["type"], MarkerKind>([
  ["TaskFailed", "failure"],
  ["TaskAttemptFailed", "failure"],
  ["TaskCrashed", "failure"],
  ["RunFailed", "failure"],
  ["RunAttemptFailed", "failure"],
  ["RunCrashed", "failure"],
  ["RunBlocked", "failure"],
  ["OwnerLost", "failure"],
  ["SignalAwaited", "wait"],
  ["TimerStarted", "wait"],
  ["SignalReceived", "signal"],
  ["UpdateRequested", "signal"],
  ["RunCancelRequested", "signal"],
]);

/** What an event is marked as; null = it is one of the many. */
export function markerOf(event: RecordedEvent): MarkerKind | null {
  if (event.type === "ChildEnded") return event.data.state === "COMPLETED" ? null : "failure";
  return kinds.get(event.type) ?? null;
}

export function markersOf(events: readonly RecordedEvent[]): readonly Marker[] {
  return events.flatMap((event) => {
    const kind = markerOf(event);
    return kind === null ? [] : [{ position: event.position, kind }];
  });
}

/** The nearest failure after a position, or before it; null = there is none in that direction. */
export function nextFailure(markers: readonly Marker[], from: number, step: 1 | -1): number | null {
  const isFailure = ({ kind }: Marker): boolean => kind === "failure";
  const marker =
    step === 1
      ? markers.find((marker) => isFailure(marker) && marker.position > from)
      : markers.findLast((marker) => isFailure(marker) && marker.position < from);
  return marker?.position ?? null;
}

const weight: Readonly<Record<MarkerKind, number>> = { failure: 3, signal: 2, wait: 1 };

/** One marker a column at most, the weightiest: ten thousand failures are not ten thousand elements of a page. */
export function thinMarkers(markers: readonly Marker[], last: number, columns: number): readonly Marker[] {
  const kept = new Map<number, Marker>();
  for (const marker of markers) {
    const column = Math.floor(((marker.position - 1) / Math.max(1, last)) * columns);
    const other = kept.get(column);
    if (other === undefined || weight[marker.kind] > weight[other.kind]) kept.set(column, marker);
  }
  return [...kept.values()];
}
