import pc from "picocolors";
import { errorTraits, isEngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours for a stream: only on a terminal, and not with NO_COLOR. */
export function colorsOf(stream: { readonly isTTY?: boolean }): Colors {
  return pc.createColors(pc.isColorSupported && stream.isTTY === true);
}

/** A line of the result, for people or programs. */
export function out(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line beside the result: what is going on. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

export interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  readonly paint?: (cell: string, row: number) => string; // after the width is known
}

/** Columns under their titles, two blanks apart; without those that are empty. */
export function printTable(given: readonly Column[], colors: Colors): void {
  const columns = given.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const widths = columns.map(({ title, cells }) =>
    Math.max(title.length, ...cells.map((cell) => cell.length)),
  );
  const pad = (text: string, column: number): string =>
    column === columns.length - 1 ? text : text.padEnd(widths[column] ?? 0);
  out(colors.bold(columns.map(({ title }, column) => pad(title, column)).join("  ")));
  for (const row of columns[0]?.cells.keys() ?? []) {
    const cells = columns.map(({ cells, paint = (cell) => cell }, column) =>
      paint(pad(cells[row] ?? "", column), row),
    );
    out(cells.join("  ").trimEnd());
  }
}

/** Says what went wrong, in words, and gives the exit code. A stack only for what nobody foresaw, or on request. */
export function printFailure(thrown: unknown): number {
  const error = toError(thrown);
  const colors = colorsOf(process.stderr);
  const isOurs = isEngineError(error);
  note(
    isOurs
      ? `${colors.red(`${error.code}:`)} ${error.message}`
      : `${colors.red("UNEXPECTED:")} ${error.message}`,
  );
  if (isDebug()) note(colors.dim(stackOf(error)));
  else if (!isOurs)
    note("This is a bug of Millrace, or of a file it loaded. MILLRACE_DEBUG=1 shows where it was.");
  return isOurs ? errorTraits[error.code].exit : unexpectedExit;
}

const unexpectedExit = 70; // EX_SOFTWARE

function isDebug(): boolean {
  return !["", "0", "false", undefined].includes(process.env["MILLRACE_DEBUG"]);
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return (error.stack ?? error.message) + cause;
}
