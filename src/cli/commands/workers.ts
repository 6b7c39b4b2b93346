import { openClient } from "../../workers/client.ts";
import { settingsFromEnvironment } from "../../workers/settings.ts";
import { missingStore } from "../../workers/store-place.ts";
import { listWorkers, type WorkerRow } from "../../workers/worker-list.ts";
import { toIso, toSpan } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";

/** `millrace workers ls`: who is there. */
export async function workersCommand({ json = false }: { json?: boolean }): Promise<number> {
  const missing = missingStore(settingsFromEnvironment());
  if (missing !== null) {
    note(missing);
    return exits.ok;
  }
  const client = await openClient();
  try {
    const rows = await listWorkers(client);
    if (json) for (const row of rows) out(toLine(toRecord(row)));
    else if (rows.length > 0) printWorkers(rows);
    if (rows.length === 0) note("No workers. Start one: npx millrace worker FILE");
    return exits.ok;
  } finally {
    await client.close();
  }
}

function toRecord(row: WorkerRow): unknown {
  const { id, host, pid, flows, queues, lanes, isLocal, isAlive, leaseMs, runs, startedAt } = row;
  return { id, host, pid, flows, queues, lanes, isLocal, isAlive, leaseMs, runs, started: toIso(startedAt) };
}

function printWorkers(rows: readonly WorkerRow[]): void {
  const colors = colorsOf(process.stdout);
  const now = Date.now();
  printTable(
    [
      { title: "ID", cells: rows.map(({ id }) => id) },
      {
        title: "LEASE",
        cells: rows.map(({ isAlive }) => (isAlive ? "alive" : "dead")),
        paint: (cell, row) => (rows[row]?.isAlive === true ? colors.green(cell) : colors.red(cell)),
      },
      { title: "KIND", cells: rows.map(({ isLocal }) => (isLocal ? "script" : "worker")) },
      { title: "HOST", cells: rows.map(({ host }) => host) },
      { title: "PID", cells: rows.map(({ pid }) => String(pid)) },
      {
        title: "UP",
        cells: rows.map(({ isAlive, startedAt }) => (isAlive ? toSpan(startedAt, null, now) : "")),
      },
      { title: "RUNS", cells: rows.map(({ runs }) => String(runs)) },
      { title: "QUEUES", cells: rows.map(({ queues }) => queues.join(", ")) },
      { title: "FLOWS", cells: rows.map(({ flows }) => flows.join(", ")) },
    ],
    colors,
  );
}
