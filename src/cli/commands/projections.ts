import { formatMs } from "../../base/durations.ts";
import { type ProjectionRow, reportProjections } from "../../workers/projection-report.ts";
import { formatBytes, toIso, toLocalTime } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

/** `millrace projections ls`: what is derived from the log, what it costs, and how far it is. */
export async function projectionsCommand({ json = false }: { json?: boolean }): Promise<number> {
  return withClient(async (client) => {
    const rows = await reportProjections(client);
    if (json) for (const row of rows) out(toLine(toRecord(row)));
    else printProjections(rows);
    return exits.ok;
  });
}

function toRecord({ lag, builtAt, ...row }: ProjectionRow): unknown {
  return { ...row, lag: { commits: lag.entries, ms: lag.ms }, built: toIso(builtAt) };
}

function printProjections(rows: readonly ProjectionRow[]): void {
  const colors = colorsOf(process.stdout);
  printTable(
    [
      { title: "PROJECTION", cells: rows.map(({ name }) => name) },
      { title: "VERSION", cells: rows.map(({ version }) => String(version)) },
      { title: "DOCUMENTS", cells: rows.map(({ documents }) => String(documents)) },
      { title: "MEMORY", cells: rows.map(({ bytes }) => formatBytes(bytes)) },
      { title: "BEHIND", cells: rows.map(lagOf) },
      { title: "ASIDE", cells: rows.map(({ aside }) => String(aside)) },
      {
        title: "BUILT",
        cells: rows.map(({ builtAt }) => (builtAt === null ? "never" : toLocalTime(builtAt))),
      },
    ],
    colors,
  );
  const [first] = rows;
  if (first === undefined) return;
  if (first.builtAt === null)
    note("Nothing was folded yet: a worker does it, or npx millrace projections rebuild");
  if (first.aside > 0) note("Some runs cannot be folded. See why: npx millrace projections aside");
}

function lagOf({ lag: { entries, ms } }: ProjectionRow): string {
  if (entries === 0) return "-";
  return `${entries} ${entries === 1 ? "commit" : "commits"}, ${formatMs(ms)}`;
}
