import { catalogue } from "./catalogue.ts";
import type { Row } from "./rows.ts";
import { type Figure, type Workload, workloads } from "./workloads.ts";

/** The rows of each workload as a table of Markdown, in the order of the catalogue. */
export function toTables(rows: readonly Row[]): string {
  return workloads
    .filter(({ name }) => rows.some((row) => row.workload === name))
    .map((workload) => `### ${workload.name}: ${workload.about}\n\n${toTable(rows, workload)}`)
    .join("\n\n");
}

export function toTable(rows: readonly Row[], workload: Workload): string {
  const mine = rows.filter((row) => row.workload === workload.name);
  const present = catalogue.filter(({ name }) => mine.some((row) => row.engine === name));
  const hasFloor = present.some(({ floor }) => floor !== null && medianOf(mine, floor, workload) !== null);
  const figures = workload.figures.filter(({ name }) => mine.some((row) => row.figure === name));
  const [main] = figures;
  const heads = [
    "engine",
    ...figures.map(({ name, unit }) => (unit === "" ? name : `${name}, ${unit}`)),
    ...(main === undefined ? [] : ["Millrace is better by", ...(hasFloor ? ["the floor by"] : [])]),
    "n",
  ];
  const lines = present.map(({ name, title, floor }) => {
    const own = mine.filter((row) => row.engine === name);
    const why = own.find((row) => row.why !== null)?.why ?? null;
    const cells = figures.map((figure) => toCell(own, figure));
    const ratios =
      main === undefined
        ? []
        : [
            toRatio(mine, workload, { of: name, to: "millrace" }),
            ...(hasFloor ? [floor === null ? "" : toRatio(mine, workload, { of: name, to: floor })] : []),
          ];
    const [first = "", ...others] = cells;
    const told = why === null ? first : `${first} ${why}`.trim();
    const n = Math.max(...own.map((row) => row.n));
    return [title, told, ...others, ...ratios, n === 0 ? "" : n.toLocaleString("en-US")];
  });
  const columns = Math.max(heads.length, 2);
  const all = [heads, heads.map((_, index) => (index === 0 ? "---" : "---:")), ...lines];
  return all.map((cells) => `| ${padded(cells, columns).join(" | ")} |`).join("\n");
}

const padded = (cells: readonly string[], columns: number): readonly string[] =>
  Array.from({ length: columns }, (_, index) => (cells[index] ?? "").replaceAll("|", "\\|"));

/** The median of a figure among the rows of one engine and workload, with its spread; empty = there is none. */
export function toCell(own: readonly Row[], figure: Figure): string {
  const row = own.find((row) => row.figure === figure.name);
  if (row === undefined || row.median === null || row.min === null || row.max === null) return "";
  if (row.values.length === 1) return toShort(row.median);
  return `${toShort(row.median)} (${toShort(row.min)}–${toShort(row.max)})`;
}

/** The median of a workload's main figure; null = not measured. */
export function medianOf(rows: readonly Row[], engine: string, workload: Workload): number | null {
  const [main] = workload.figures;
  const row = rows.find(
    (row) => row.workload === workload.name && row.engine === engine && row.figure === main?.name,
  );
  return row?.median ?? null;
}

/** How many times better the second engine is than the first. */
function toRatio(rows: readonly Row[], workload: Workload, { of, to }: { of: string; to: string }): string {
  const theirs = medianOf(rows, of, workload);
  const ours = medianOf(rows, to, workload);
  const [main] = workload.figures;
  if (of === to || theirs === null || ours === null || main === undefined) return "";
  const ratio = main.isBetter === "less" ? theirs / ours : ours / theirs;
  return Number.isFinite(ratio) ? `${toShort(ratio)} ×` : "";
}

/** Three digits, as people read them. */
export function toShort(value: number): string {
  if (Math.abs(value) >= 1_000) return Number(value.toPrecision(3)).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

/** What the numbers were measured with: one line for each engine. */
export function toSettings(rows: readonly Row[]): string {
  const lines = catalogue.flatMap(({ name, title }) => {
    const row = rows.find((row) => row.engine === name && row.settings !== "");
    if (row === undefined) return [];
    const versions = Object.entries(row.versions).map(([what, version]) => `${what} ${version}`);
    const load = row.load === "" ? "" : `; load ${row.load}`;
    return [`- **${title}** (\`${name}\`): ${[...versions, row.settings].join(", ")}${load}.`];
  });
  return lines.join("\n");
}

/** The machine, the day, rounds and seed of results that were measured together. */
export function toConditions(rows: readonly Row[]): string {
  const [row] = rows;
  if (row === undefined) return "Nothing was measured.";
  const machine = Object.entries(row.machine).map(([what, value]) => `${what} ${value}`);
  const rounds = rows.reduce((most, { values }) => Math.max(most, values.length), 0);
  const quick = row.isQuick ? ", quick" : "";
  return `${machine.join(", ")}; measured ${row.at.slice(0, 10)}, up to ${rounds} interleaved rounds, seed ${row.seed}${quick}.`;
}
