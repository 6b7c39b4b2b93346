import { toNodesTable } from "./nodes-table.ts";
import type { Row } from "./rows.ts";
import { toConditions, toSettings, toTable } from "./tables.ts";
import { workloads } from "./workloads.ts";

/** What stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
const section = /(<!-- bench:(\S+) -->\n)[\s\S]*?(<!-- \/bench:\2 -->)/g;

/** What a page is filled with. */
export interface Results {
  readonly rows: readonly Row[];
  readonly older: readonly Row[]; // of some engines on an older Node; empty = it was not measured
  readonly images: string | null; // where the plots are, seen from the page; null = none
}

/**
 * The page with the tables of these results: `conditions`, `settings`, `nodes`, and one for each workload. A section
 * without results stays as it is.
 */
export function fillPage(page: string, results: Results): string {
  return page.replace(section, (all: string, begin: string, name: string, end: string) => {
    const text = toSection(name, results);
    return text === null ? all : `${begin}\n${text}\n\n${end}`;
  });
}

/** @throws Error for a name that is neither a workload nor a part of the page */
function toSection(name: string, { rows, older, images }: Results): string | null {
  if (name === "conditions") return toConditions(rows);
  if (name === "settings") return toSettings(rows);
  if (name === "nodes")
    return older.length === 0 ? null : `${toConditions(older)}\n\n${toNodesTable(rows, older)}`;
  const workload = workloads.find((workload) => workload.name === name);
  if (workload === undefined) throw new Error(`The page asks for ${name}, which is no workload.`);
  if (rows.every((row) => row.workload !== name)) return null;
  const table = toTable(rows, workload);
  const isDrawn = rows.some((row) => row.figure === workload.figures[0]?.name && row.workload === name);
  return images === null || !isDrawn
    ? table
    : `${table}\n\n![${workload.name}: ${workload.about}](${images}-${name}.svg)`;
}
