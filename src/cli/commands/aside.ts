import { listAside } from "../../workers/projection-report.ts";
import { retryAside } from "../../workers/projections.ts";
import { toIso, toLocalTime } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

/** `millrace projections aside`: runs whose events cannot be folded. */
export async function asideCommand({ json = false }: { json?: boolean }): Promise<number> {
  return withClient(async (client) => {
    const rows = await listAside(client);
    if (json) for (const { at, ...row } of rows) out(toLine({ ...row, since: toIso(at) }));
    else if (rows.length > 0) printAside(rows);
    if (rows.length === 0) note("No run stands aside.");
    else if (!json)
      note("When what is wrong is mended, or a newer release runs: npx millrace projections retry");
    return exits.ok;
  });
}

/** `millrace projections retry`: folds again what was set aside. */
export async function retryCommand(): Promise<number> {
  return withClient(async (client) => {
    const before = await listAside(client);
    const folded = await retryAside(client.store);
    const after = await listAside(client);
    for (const run of folded) out(`Folded: ${run}`);
    if (before.length === 0) note("No run stands aside.");
    if (after.length === 0) return exits.ok;
    note(
      `${after.length} of ${before.length} still cannot be folded. See why: npx millrace projections aside`,
    );
    return exits.damaged;
  });
}

type AsideRows = Awaited<ReturnType<typeof listAside>>;

function printAside(rows: AsideRows): void {
  const colors = colorsOf(process.stdout);
  printTable(
    [
      { title: "RUN", cells: rows.map(({ run }) => run) },
      { title: "EVENT", cells: rows.map(({ position }) => String(position)) },
      { title: "SINCE", cells: rows.map(({ at }) => toLocalTime(at)) },
      { title: "CODE", cells: rows.map(({ code }) => code), paint: (cell) => colors.red(cell) },
      { title: "REASON", cells: rows.map(({ message }) => message) },
    ],
    colors,
  );
}
