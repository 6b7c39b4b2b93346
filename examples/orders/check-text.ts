import { isUtf8 } from "node:buffer";
import { SourceError } from "./source-error.ts";

const newline = 0x0a;
const maxLineBytes = 1024 * 1024;

/**
 * Turns the bytes of `path` into text, whole lines at a time: UTF-8 only, without a byte order mark,
 * every CRLF made LF (also inside quoted fields, so that line numbers stay true).
 * @throws SourceError with the line number on invalid UTF-8, a NUL byte, or a line above 1 MiB
 */
export async function* checkText(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0); // the line that has no end yet
  let line = 1; // the number of the first line in `rest`
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    const whole = bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (whole.length > 0) yield toText(whole, line, path);
    line += countLines(whole);
    if (rest.length > maxLineBytes)
      throw new SourceError(path, line, "is longer than 1 MiB; is this a CSV file?");
  }
  if (rest.length > 0) yield toText(rest, line, path);
}

/** `firstLine` is the number of the first line in `bytes`. */
function toText(bytes: Buffer, firstLine: number, path: string): string {
  if (!isUtf8(bytes) || bytes.includes(0)) refuse(bytes, firstLine, path);
  const text = bytes.toString("utf8").replaceAll("\r\n", "\n");
  return firstLine === 1 && text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Finds the first bad line; a newline byte is never part of a longer UTF-8 character. */
function refuse(bytes: Buffer, firstLine: number, path: string): never {
  if (firstLine === 1 && isUtf16(bytes)) {
    throw new SourceError(path, 1, "the file is UTF-16; save it as UTF-8 (in Excel: “CSV UTF-8”)");
  }
  let line = firstLine;
  for (let start = 0; start < bytes.length; line++) {
    const at = bytes.indexOf(newline, start);
    const end = at === -1 ? bytes.length : at + 1;
    const piece = bytes.subarray(start, end);
    if (!isUtf8(piece)) throw new SourceError(path, line, "is not valid UTF-8; save the file as UTF-8");
    if (piece.includes(0))
      throw new SourceError(path, line, "holds a NUL byte; the file is damaged or not text");
    start = end;
  }
  throw new SourceError(path, firstLine, "is not valid UTF-8");
}

function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString("hex");
  return mark === "fffe" || mark === "feff";
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}
