/**
 * A source file that no retry can mend: it is missing, not readable, or not the CSV that was agreed.
 * The message names the file, the line where there is one, and what to do.
 */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly path: string;
  readonly line: number | null; // null = the whole file

  constructor(path: string, line: number | null, problem: string, cause?: unknown) {
    super(
      `${path}${line === null ? "" : `, line ${line}`}: ${problem}`,
      cause === undefined ? undefined : { cause },
    );
    this.path = path;
    this.line = line;
  }
}
