import { formatMs } from "../../base/durations.ts";
import { listQueues, type QueueRow } from "../../workers/queue-depths.ts";
import { catchUpFirst } from "../catch-up.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

/** `millrace queues ls`: what waits, and who takes it. */
export async function queuesCommand({ json = false }: { json?: boolean }): Promise<number> {
  return withClient(async (client) => {
    await catchUpFirst(client);
    const rows = await listQueues(client);
    if (json) for (const row of rows) out(toLine(toRecord(row)));
    else if (rows.length > 0) printQueues(rows);
    if (rows.length === 0) note("No queues yet. They come with the first run, or with the first worker.");
    const forsaken = rows.filter(({ waiting, workers }) => waiting > 0 && workers === 0);
    for (const { queue } of forsaken)
      note(`Nobody serves queue ${queue}: start a worker with its flows, or with --queue ${queue}.`);
    return exits.ok;
  });
}

function toRecord({ queue, waiting, active, delayed, oldestWaitingMs, workers, flows }: QueueRow): unknown {
  return { queue, waiting, active, delayed, oldestWaitingMs, workers, flows };
}

function printQueues(rows: readonly QueueRow[]): void {
  const colors = colorsOf(process.stdout);
  printTable(
    [
      { title: "QUEUE", cells: rows.map(({ queue }) => queue) },
      { title: "WAITING", cells: rows.map(({ waiting }) => String(waiting)) },
      { title: "OLDEST", cells: rows.map(({ oldestWaitingMs: ms }) => (ms === 0 ? "-" : formatMs(ms))) },
      { title: "ACTIVE", cells: rows.map(({ active }) => String(active)) },
      { title: "DELAYED", cells: rows.map(({ delayed }) => String(delayed)) },
      {
        title: "WORKERS",
        cells: rows.map(({ workers }) => String(workers)),
        paint: (cell, row) => (rows[row]?.workers === 0 ? colors.red(cell) : cell),
      },
      { title: "FLOWS", cells: rows.map(({ flows }) => flows.join(", ")) },
    ],
    colors,
  );
}
