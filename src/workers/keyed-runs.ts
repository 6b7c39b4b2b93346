import type { Event } from "../events/catalog.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import type { RunHint } from "./hint-jobs.ts";
import { keyedId } from "./ids.ts";

/** Runs of a flow that share a key and follow each other: 1, 2, 3, … without gaps. */
export interface Series {
  readonly flow: string;
  readonly kind: "singleton" | "debounce";
  readonly key: string;
}

/** Where a run stands in its series. */
export interface SeriesPlace {
  readonly series: Series;
  readonly n: number;
  readonly replaces: boolean; // those before it are to be cancelled
}

/** The id of a run of a series: everybody who would be the next one asks for the same id, and one of them gets it. */
export function seriesRunId({ flow, kind, key }: Series, n: number): string {
  return keyedId(flow, kind, `${key}#${n}`);
}

/** The field that holds how far a series is. */
export function seriesName({ flow, kind, key }: Series): string {
  return `${flow} ${kind}:${key}`;
}

/** A place as the first event of a run has it, as its idempotency key. */
export function toSeriesKey({ series: { kind, key }, n, replaces }: SeriesPlace): string {
  return `${kind}:${key}#${n}${replaces ? "!" : ""}`;
}

const pattern = /^(singleton|debounce):(.*)#(\d+)(!?)$/s;

/** null = the run is of no series. */
export function seriesPlaceOf({ data }: Event<"RunCreated">): SeriesPlace | null {
  const [, kind, key = "", n = "", mark = ""] = pattern.exec(data.idempotencyKey ?? "") ?? [];
  if (kind !== "singleton" && kind !== "debounce") return null;
  return { series: { flow: data.flow, kind, key }, n: Number(n), replaces: mark === "!" };
}

/** Keys of users must not look like these. */
export function isReservedKey(key: string): boolean {
  return key.startsWith("singleton:") || key.startsWith("debounce:");
}

/** The run that has to end before this one begins; null = none. */
export function predecessorOf(place: SeriesPlace | null): string | null {
  if (place === null || place.series.kind !== "singleton" || place.n === 1) return null;
  return seriesRunId(place.series, place.n - 1);
}

interface SeriesPorts {
  readonly log: { readEvent(run: string, position: number): Promise<RecordedEvent | null> };
  readonly queues: { hintRun(hint: RunHint): Promise<void> };
}

/** Tells the workers of the run that waited for the end of this one; they would look again by themselves. */
export async function hintSuccessor(ports: SeriesPorts, events: readonly RecordedEvent[]): Promise<void> {
  const [created] = events;
  const place = created !== undefined && isType(created, "RunCreated") ? seriesPlaceOf(created) : null;
  if (place === null || place.series.kind !== "singleton") return;
  const run = seriesRunId(place.series, place.n + 1);
  const next = await ports.log.readEvent(run, 1);
  if (next === null || !isType(next, "RunCreated")) return;
  const { flow, queue } = next.data;
  await ports.queues.hintRun({ run, flow, queue, cause: `after-${place.n}` });
}
