import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { spanOf } from "../timeline/bars.ts";
import { type CallMark, isFailure, markOf } from "../timeline/call-state.ts";
import { type CallRef, callIn, callsOf } from "../timeline/calls.ts";

/** One call in the table: the twin of its lane. */
export interface TaskRow {
  readonly ref: CallRef;
  readonly mark: CallMark;
  readonly from: number; // epoch ms
  readonly to: number | null; // null = it is open
  readonly attempts: number;
  readonly queue: string | null; // null = in the owner's process, or no task
  readonly worker: string | null;
}

/** All calls of one name. */
export interface NameRow {
  readonly name: string;
  readonly kind: CallRef["kind"];
  readonly pending: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly retries: number;
  readonly p50Ms: number | null; // null = none has ended
  readonly p95Ms: number | null;
}

export function taskRowsOf(picture: RunPicture): readonly TaskRow[] {
  return callsOf(picture).flatMap((ref) => {
    const call = callIn(picture, ref);
    if (call === null) return [];
    const [from, to] = spanOf(picture, call);
    const task = call.kind === "task" ? call.of : null;
    const queue = call.kind === "task" || call.kind === "child" ? call.of.queue : null;
    const worker = task?.attempts.at(-1)?.worker ?? null;
    const attempts = task?.attempts.length ?? 0;
    return [{ ref, mark: markOf(picture, call), from, to, attempts, queue, worker }];
  });
}

const open: ReadonlySet<CallMark> = new Set(["running", "waiting", "retrying"]);

/** By name, in the order of the first call of each; a name with failures is found at its count. */
export function nameRowsOf(rows: readonly TaskRow[]): readonly NameRow[] {
  const names = new Map<string, TaskRow[]>();
  for (const row of rows) {
    const id = `${row.ref.kind} ${row.ref.name}`;
    const list = names.get(id);
    if (list === undefined) names.set(id, [row]);
    else list.push(row);
  }
  return [...names.values()].flatMap((rows) => {
    const [first] = rows;
    return first === undefined ? [] : [summarise(first.ref, rows)];
  });
}

function summarise({ name, kind }: CallRef, rows: readonly TaskRow[]): NameRow {
  const spans = rows
    .flatMap(({ from, to }) => (to === null ? [] : [to - from]))
    .sort((one, other) => one - other);
  const count = (wanted: (mark: CallMark) => boolean): number =>
    rows.filter(({ mark }) => wanted(mark)).length;
  const pending = count((mark) => mark === "pending");
  const running = count((mark) => open.has(mark));
  const failed = count(isFailure);
  return {
    name,
    kind,
    pending,
    running,
    failed,
    done: rows.length - pending - running - failed,
    retries: rows.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    p50Ms: quantile(spans, 0.5),
    p95Ms: quantile(spans, 0.95),
  };
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

/** Rows with a text in key, worker, queue or state; all of them for "". */
export function findRows(rows: readonly TaskRow[], text: string): readonly TaskRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  return rows.filter(({ ref, mark, worker, queue }) =>
    [ref.key, mark, worker ?? "", queue ?? ""].some((part) => part.toLowerCase().includes(wanted)),
  );
}
