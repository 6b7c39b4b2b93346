import type { RunRow } from "../workers/run-list.ts";
import { paintRunState, shorten, toLocalTime, toSpan } from "./format.ts";
import { colorsOf, printTable } from "./print.ts";

const noteWidth = 100;

/** Runs as a table for people. */
export function printRuns(rows: readonly RunRow[]): void {
  const colors = colorsOf(process.stdout);
  const now = Date.now();
  printTable(
    [
      {
        title: "NAME",
        cells: rows.map(({ name, parent }) => `${parent === null ? "" : "└ "}${name || "?"}`),
        paint: (cell) => colors.magenta(cell),
      },
      { title: "ID", cells: rows.map(({ id }) => id), paint: (cell) => colors.dim(cell) },
      { title: "FLOW", cells: rows.map(({ flow }) => flow) },
      {
        title: "STATE",
        cells: rows.map(({ state }) => state.name),
        paint: (cell, index) => {
          const row = rows[index];
          return row === undefined ? cell : paintRunState(row.state, colors)(cell);
        },
      },
      { title: "CREATED", cells: rows.map(({ createdAt }) => toLocalTime(createdAt)) },
      { title: "DURATION", cells: rows.map((row) => durationOf(row, now)) },
      {
        title: "NOTE",
        cells: rows.map(({ note }) => (note === null ? "" : shorten(note, noteWidth))),
        paint: (cell) => colors.red(cell),
      },
    ],
    colors,
  );
}

const begun: ReadonlySet<string> = new Set(["Running", "Retrying", "Paused", "Cancelling"]);

/** From the first turn to the end; of a run that nobody drives, nothing, since nobody knows. */
function durationOf({ startedAt, endedAt, state }: RunRow, now: number): string {
  return state.isFinal || begun.has(state.name) ? toSpan(startedAt, endedAt, now) : "";
}
