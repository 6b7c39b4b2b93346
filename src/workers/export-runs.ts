import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { foldRun } from "../projections/fold-run.ts";
import { newSummary } from "../projections/run-summary.ts";
import { payloadsOf, readEntries } from "../redis/run-entries.ts";
import type { Client } from "./client.ts";
import { eventsOf, toHistoryText } from "./history-file.ts";

/** A file that was written. */
export interface ExportedRun {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
  readonly events: number;
  readonly payloads: number;
  readonly file: string;
}

export const historySuffix = ".history.ndjson";

/**
 * Writes the history of a run into a file of `dir`, as it is stored, with the values that lie beside it. The file comes
 * whole or not at all, in place of an earlier one of the same run.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN, PAYLOAD_MISSING
 */
export async function exportRun(client: Client, run: string, dir: string): Promise<ExportedRun> {
  const { redis, namespace } = client.store;
  const entries = await readEntries(redis, namespace, run);
  const payloads = new Map<string, Uint8Array>();
  for (const [sha256, reference] of payloadsOf(run, entries))
    payloads.set(sha256, await client.payloads.stored(run, reference));
  const blank = {
    run,
    name: "",
    flow: "",
    state: "",
    createdAt: 0,
    exportedAt: Date.now(),
    events: entries.length,
    payloads: payloads.size,
  };
  const events = eventsOf({ header: blank, entries });
  const summary = newSummary(run);
  for (const event of events) foldRun(summary, event);
  const { name, flow, stateName, createdAt } = summary;
  const header = { ...blank, name, flow, state: stateName, createdAt };
  const text = toHistoryText(
    { header, entries, payloads },
    events.map(({ type }) => type),
  );
  const file = join(dir, `${run}${historySuffix}`);
  await mkdir(dir, { recursive: true });
  const unfinished = `${file}.${process.pid}.part`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
  return { run, name, flow, events: entries.length, payloads: payloads.size, file };
}
