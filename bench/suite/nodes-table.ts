import { catalogue } from "./catalogue.ts";
import type { Row } from "./rows.ts";
import { toCell } from "./tables.ts";
import { workloads } from "./workloads.ts";

/** The first figure of these workloads of each engine of `older`, beside the same of `rows`: two versions of Node. */
export function toNodesTable(rows: readonly Row[], older: readonly Row[]): string {
  const compared = workloads.filter(({ name }) => older.some((row) => row.workload === name));
  const columns = compared.flatMap(({ name, figures: [main] }) => {
    if (main === undefined) return [];
    return [older, rows].map((from) => ({
      head: `${name}: ${main.name}, ${main.unit}, Node ${nodeOf(from)}`,
      cell: (engine: string): string =>
        toCell(
          from.filter((row) => row.engine === engine && row.workload === name),
          main,
        ),
    }));
  });
  const present = catalogue.filter(({ name }) => older.some((row) => row.engine === name));
  const lines = [
    ["engine", ...columns.map(({ head }) => head)],
    ["---", ...columns.map(() => "---:")],
    ...present.map(({ name, title }) => [title, ...columns.map(({ cell }) => cell(name))]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function nodeOf([row]: readonly Row[]): string {
  return String(row?.machine["node"] ?? "unknown").replace(/^v/, "");
}
