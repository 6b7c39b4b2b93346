import type { RecordedEvent } from "../../src/events/envelope.ts";
import { foldRun } from "../../src/projections/fold-run.ts";
import { runMetrics } from "../../src/projections/run-metrics.ts";
import { newRunMetrics, type RunMetrics } from "../../src/projections/run-metrics-document.ts";
import { newSummary } from "../../src/projections/run-summary.ts";

/** The documents of one shard, with these histories folded in this order. */
export function foldMetrics(histories: readonly (readonly RecordedEvent[])[]): Map<string, RunMetrics> {
  const documents = new Map<string, RunMetrics>();
  for (const history of histories) {
    const summary = newSummary(history[0]?.run ?? "");
    for (const event of history) {
      const change = foldRun(summary, event);
      const id = runMetrics.idOf(change);
      if (id === null) continue;
      const document = documents.get(id) ?? newRunMetrics();
      documents.set(id, document);
      runMetrics.apply(document, change);
    }
  }
  return documents;
}

/** The document of a flow or of a task of it. */
export function metricsOf(
  documents: ReadonlyMap<string, RunMetrics>,
  flow: string,
  task: string | null = null,
): RunMetrics {
  const found = [...documents.values()].find((each) => each.flow === flow && each.task === task);
  if (found === undefined) throw new Error(`There is no document of ${flow} ${task ?? ""}.`);
  return found;
}
