import type { RunPicture } from "../projections/run-picture.ts";
import { type StepReport, stepsIn } from "../workers/run-report.ts";

/** A line of a run that is watched: one call, or all calls of one map. */
export interface LiveRow {
  readonly name: string; // "load-0"; of a map without the number of the item
  readonly steps: readonly StepReport[];
}

export interface RowCount {
  readonly total: number;
  readonly done: number; // ended, in whatever way
  readonly failed: number;
  readonly running: number;
  readonly retried: number;
}

/** The calls of a run in the order of their begin; those of one map are one row. O(calls). */
export function liveRows(picture: RunPicture): readonly LiveRow[] {
  const rows = new Map<string, StepReport[]>();
  for (const step of stepsIn(picture)) {
    const name = withoutItem(step.name);
    const steps = rows.get(name);
    if (steps === undefined) rows.set(name, [step]);
    else steps.push(step);
  }
  return [...rows].map(([name, steps]) => ({ name, steps }));
}

/** "stats-0[3]" and "stats-0[4]" are items of one map. */
function withoutItem(name: string): string {
  return name.replace(/\[[^\]]*\]/g, "");
}

const bad: ReadonlySet<string> = new Set(["Failed", "TimedOut", "Crashed"]);

export function countRow({ steps }: LiveRow): RowCount {
  const count = { total: steps.length, done: 0, failed: 0, running: 0, retried: 0 };
  for (const { state, endedAt, attempts } of steps) {
    if (endedAt !== null) count.done += 1;
    if (endedAt !== null && bad.has(state)) count.failed += 1;
    if (state === "Running") count.running += 1;
    if (attempts > 1) count.retried += 1;
  }
  return count;
}

/** Rows that fit a screen: what has ended well makes room first, the oldest before the others. */
export function fitRows(rows: readonly LiveRow[], most: number): readonly LiveRow[] {
  let tooMany = rows.length - most;
  if (tooMany <= 0) return rows;
  const kept = rows.filter((row) => {
    const { total, done, failed } = countRow(row);
    const mayGo = tooMany > 0 && done === total && failed === 0;
    if (mayGo) tooMany -= 1;
    return !mayGo;
  });
  return kept.slice(0, Math.max(0, most));
}
