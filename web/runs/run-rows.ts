import type { RunRow } from "../../src/server/contract/runs.ts";

/** Rows as they were asked for, each in its newest form; live news never adds, removes or moves one. */
export function newestRows(asked: readonly RunRow[], heard: ReadonlyMap<string, RunRow>): readonly RunRow[] {
  const seen = new Set<string>();
  return asked.flatMap((row) => {
    if (seen.has(row.run)) return []; // pages may overlap while runs are created
    seen.add(row.run);
    const newer = heard.get(row.run);
    return [newer !== undefined && newer.position >= row.position ? newer : row];
  });
}

/** Those heard of that came after what the list was asked for: they wait above it. */
export function waitingRows(
  asked: readonly RunRow[],
  heard: ReadonlyMap<string, RunRow>,
  matches: (row: RunRow) => boolean,
): readonly RunRow[] {
  const newest = asked.reduce((latest, { createdAt }) => Math.max(latest, createdAt), 0);
  const known = new Set(asked.map(({ run }) => run));
  return [...heard.values()].filter((row) => !known.has(row.run) && row.createdAt >= newest && matches(row));
}
