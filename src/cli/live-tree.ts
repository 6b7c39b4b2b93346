import { formatMs } from "../base/durations.ts";
import type { RunPicture } from "../projections/run-picture.ts";
import { reasonsOf } from "../projections/run-reasons.ts";
import { paintRunState, paintState, shorten, toSpan } from "./format.ts";
import { countRow, fitRows, type LiveRow, liveRows, type RowCount } from "./live-rows.ts";
import type { Colors } from "./print.ts";

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly isPlain: boolean; // a terminal that knows no more than ASCII
  readonly colors: Colors;
}

interface Marks {
  readonly done: string;
  readonly bad: string;
  readonly open: string;
  readonly idle: string;
  readonly full: string;
  readonly empty: string;
}

const unicode: Marks = { done: "✓", bad: "✕", open: "◐", idle: "○", full: "█", empty: "░" };
const ascii: Marks = { done: "+", bad: "x", open: ">", idle: ".", full: "#", empty: "-" };

const nameWidth = { least: 8, most: 28 } as const;
const barWidth = 20;
const framed = 4; // lines that are not rows: the head, the reason, what was left out, the cursor's own

/** A run as lines of a terminal: itself, its calls with a bar for each map, and why it is where it is. O(its calls). */
export function treeLines(picture: RunPicture, now: number, screen: Screen): readonly string[] {
  const { summary } = picture;
  const all = liveRows(picture);
  const rows = fitRows(all, Math.max(1, screen.rows - framed));
  const width = Math.min(nameWidth.most, Math.max(nameWidth.least, ...rows.map(({ name }) => name.length)));
  const left = all.length - rows.length;
  return [
    head(picture, now, screen),
    ...rows.map((row) => rowLine(row, { now, width, screen })),
    ...(left > 0 ? [screen.colors.dim(cut(`   and ${left} more that have ended`, screen))] : []),
    ...(summary.endedAt === null ? reasonLine(picture, screen) : []),
  ];
}

function head({ summary }: RunPicture, now: number, screen: Screen): string {
  const { flow, name, state: type, stateName, message, createdAt, startedAt, endedAt } = summary;
  const state = { type, name: stateName, message, isFinal: endedAt !== null };
  const text = `${stateName} ${toSpan(startedAt ?? createdAt, endedAt, now)}`;
  const plain = cut(`${flow}  ${name}  `, screen);
  return `${screen.colors.bold(plain)}${paintRunState(state, screen.colors)(cut(text, screen, plain.length))}`;
}

function reasonLine(picture: RunPicture, screen: Screen): readonly string[] {
  const [reason] = reasonsOf(picture);
  return reason === undefined ? [] : [screen.colors.dim(cut(` ${reason.text}`, screen))];
}

interface RowFrame {
  readonly now: number;
  readonly width: number;
  readonly screen: Screen;
}

function rowLine(row: LiveRow, { now, width, screen }: RowFrame): string {
  const marks = screen.isPlain ? ascii : unicode;
  const count = countRow(row);
  const { mark, state } = standing(row, count, marks);
  const lead = ` ${mark} ${shorten(row.name, width).padEnd(width)}  `;
  const rest = row.steps.length === 1 ? single(row, now) : many(row, count, { now, marks });
  return paintState(state, screen.colors)(cut(lead, screen)) + cut(rest, screen, lead.length);
}

function standing(
  { steps }: LiveRow,
  { total, done, failed, running }: RowCount,
  marks: Marks,
): { readonly mark: string; readonly state: string } {
  if (failed > 0) return { mark: marks.bad, state: "Failed" };
  if (done === total) return { mark: marks.done, state: "Completed" };
  const isAtWork =
    running > 0 || steps.some(({ startedAt, endedAt }) => startedAt !== null && endedAt === null);
  return isAtWork ? { mark: marks.open, state: "Running" } : { mark: marks.idle, state: "Pending" };
}

function single({ steps: [step] }: LiveRow, now: number): string {
  if (step === undefined) return "";
  const { state, attempts, startedAt, endedAt, error } = step;
  const tries = attempts > 1 ? `, attempt ${attempts}` : "";
  const why = error === null ? "" : `  ${error.name}: ${error.message}`;
  return `${state}${tries}  ${toSpan(startedAt, endedAt, now)}${why}`;
}

function many(
  { steps }: LiveRow,
  { total, done, failed, retried }: RowCount,
  { now, marks }: { readonly now: number; readonly marks: Marks },
): string {
  const full = Math.floor((done / total) * barWidth);
  const bar = marks.full.repeat(full) + marks.empty.repeat(barWidth - full);
  const digits = String(total).length;
  const troubles = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(retried > 0 ? [`${retried} retried`] : []),
  ].join(", ");
  const count = `${String(done).padStart(digits)}/${total}`;
  return `${count}  ${bar}  ${pace(steps, done, now)}${troubles === "" ? "" : `  ${troubles}`}`;
}

/** How long it took, or how fast it goes and how long it may take. */
function pace(steps: LiveRow["steps"], done: number, now: number): string {
  const begun = steps.flatMap(({ startedAt }) => startedAt ?? []);
  if (begun.length === 0) return "";
  const from = begun.reduce((least, at) => Math.min(least, at));
  if (done === steps.length) {
    const to = steps.reduce((most, { endedAt }) => Math.max(most, endedAt ?? from), from);
    return formatMs(to - from);
  }
  const perSecond = done / Math.max(0.001, (now - from) / 1_000);
  if (done === 0) return formatMs(Math.max(0, now - from));
  const leftMs = ((steps.length - done) / perSecond) * 1_000;
  const rate = perSecond >= 10 ? Math.round(perSecond) : perSecond.toFixed(1);
  return `${rate}/s  about ${formatMs(Math.ceil(leftMs / 1_000) * 1_000)} left`;
}

/** What still fits into the line. */
function cut(text: string, { columns }: Screen, used = 0): string {
  const room = Math.max(0, columns - used - 1);
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  return line.length <= room ? line : `${line.slice(0, Math.max(0, room - 1))}…`;
}
