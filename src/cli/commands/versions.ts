import { listVersions, type VersionRow } from "../../workers/version-list.ts";
import { catchUpFirst } from "../catch-up.ts";
import { toIso, toLocalTime } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

export interface VersionsCommand {
  readonly flow?: string;
  readonly json?: boolean;
}

/** `millrace versions`: which code the open runs were last run by. */
export async function versionsCommand({ flow, json = false }: VersionsCommand): Promise<number> {
  return withClient(async (client) => {
    await catchUpFirst(client);
    const rows = await listVersions(client, flow ?? null);
    if (json) for (const { oldestAt, ...row } of rows) out(toLine({ ...row, oldest: toIso(oldestAt) }));
    else if (rows.length > 0) printVersions(rows);
    if (rows.length === 0) note("No run is open: any change of code fits.");
    return exits.ok;
  });
}

function printVersions(rows: readonly VersionRow[]): void {
  const colors = colorsOf(process.stdout);
  printTable(
    [
      { title: "FLOW", cells: rows.map(({ flow }) => flow) },
      { title: "CODE", cells: rows.map(({ codeHash }) => codeHash ?? "not begun") },
      { title: "OPEN RUNS", cells: rows.map(({ runs }) => String(runs)) },
      {
        title: "BLOCKED",
        cells: rows.map(({ blocked }) => String(blocked)),
        paint: (cell, row) => ((rows[row]?.blocked ?? 0) > 0 ? colors.red(cell) : cell),
      },
      { title: "OLDEST", cells: rows.map(({ oldestAt }) => toLocalTime(oldestAt)) },
    ],
    colors,
  );
}
