import type { RecordedEvent } from "../../src/events/envelope.ts";
import type { Projection } from "../../src/projections/define.ts";
import { foldRun } from "../../src/projections/fold-run.ts";
import { newSummary, type RunSummary } from "../../src/projections/run-summary.ts";

/** The documents of a projection after these events, which may be of many runs; a run's own are in order. */
export function foldDocuments<Doc extends object>(
  projection: Projection<Doc>,
  events: readonly RecordedEvent[],
): ReadonlyMap<string, Doc> {
  const runs = new Map<string, RunSummary>();
  const documents = new Map<string, Doc>();
  for (const event of events) {
    const summary = runs.get(event.run) ?? newSummary(event.run);
    runs.set(event.run, summary);
    const change = foldRun(summary, event);
    const id = projection.events.has(event.type) ? projection.idOf(change) : null;
    if (id === null) continue;
    const doc = documents.get(id) ?? projection.initial();
    documents.set(id, doc);
    projection.apply(doc, change);
  }
  return documents;
}
