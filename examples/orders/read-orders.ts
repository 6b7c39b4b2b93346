import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CsvError, type Info, parse } from "csv-parse";
import { checkText } from "./check-text.ts";
import { type RawOrder, sourceColumns } from "./order.ts";
import { SourceError } from "./source-error.ts";

interface CsvRecord {
  info: Info;
  record: string[];
}

const maxRecordChars = 128 * 1024; // far above any order; ends the search for a quote that is never closed

/** Where the orders of the day `ds` (YYYY-MM-DD) are delivered. */
export function sourcePath(dir: string, ds: string): string {
  return join(dir, "source", `orders_${ds}.csv`);
}

/**
 * Every row of the file, as text. UTF-8 with or without a byte order mark, LF or CRLF or both; blank lines are
 * skipped. A header without rows gives no rows.
 * @throws SourceError when the file is missing, or is not the CSV that was agreed (with the line)
 */
export async function readOrders(path: string): Promise<RawOrder[]> {
  const rows: RawOrder[] = [];
  let lastLine = 0; // the line on which the last good record ended; 0 = not even a header
  try {
    await pipeline(
      createReadStream(path),
      (chunks: AsyncIterable<Buffer>) => checkText(chunks, path),
      parse({
        info: true,
        max_record_size: maxRecordChars,
        record_delimiter: "\n",
        relax_column_count: true,
        skip_empty_lines: true,
      }),
      async (records: AsyncIterable<CsvRecord>) => {
        for await (const { info, record } of records) {
          const line = info.lines - countNewlines(record);
          if (lastLine === 0) checkHeader(record, line, path);
          else rows.push(toRow(record, line, path));
          lastLine = info.lines;
        }
      },
    );
  } catch (error) {
    throw explain(error, path, lastLine + 1);
  }
  if (lastLine === 0)
    throw new SourceError(path, 1, `the file is empty; expected the header ${sourceColumns.join(",")}`);
  return rows;
}

function checkHeader(header: string[], line: number, path: string): void {
  const names = header.map((name) => name.trim());
  if (names.length === sourceColumns.length && sourceColumns.every((column, at) => names[at] === column))
    return;
  const missing = sourceColumns.filter((column) => !names.includes(column));
  const unknown = names.filter((name) => !sourceColumns.some((column) => column === name));
  const problem = [
    `the header is ${JSON.stringify(names.join(","))}, expected ${JSON.stringify(sourceColumns.join(","))}`,
    missing.length > 0 ? `missing: ${missing.join(", ")}` : "",
    unknown.length > 0 ? `unknown: ${unknown.map((name) => JSON.stringify(name)).join(", ")}` : "",
  ];
  throw new SourceError(path, line, problem.filter((part) => part !== "").join("; "));
}

function toRow(record: string[], line: number, path: string): RawOrder {
  if (record.length !== sourceColumns.length) {
    const problem = `has ${record.length} fields, the header has ${sourceColumns.length}; quote a field that holds a comma`;
    throw new SourceError(path, line, problem);
  }
  const [order_id = "", customer_name = "", customer_email = "", country = "", product = ""] = record;
  const [quantity = "", amount_usd = "", status = "", ordered_at = ""] = record.slice(5);
  return {
    order_id,
    customer_name,
    customer_email,
    country,
    product,
    quantity,
    amount_usd,
    status,
    ordered_at,
  };
}

/** A quoted field may go over several lines; the parser counts the last one. */
function countNewlines(record: string[]): number {
  return record.reduce((count, field) => count + field.split("\n").length - 1, 0);
}

/** What no retry can mend becomes a SourceError; everything else (a disk that failed) stays what it is. */
function explain(error: unknown, path: string, line: number): unknown {
  if (error instanceof CsvError) return explainCsv(error, path, line);
  if (!(error instanceof Error) || !("code" in error)) return error;
  switch (error.code) {
    case "ENOENT":
      return new SourceError(
        path,
        null,
        "no such file; put the day's export there, or give another --ds or --dir",
        error,
      );
    case "EISDIR":
      return new SourceError(path, null, "is a folder, expected a CSV file", error);
    case "EACCES":
      return new SourceError(path, null, "may not be read by this user; change its permissions", error);
    default:
      return error;
  }
}

function explainCsv(error: CsvError, path: string, line: number): SourceError {
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
    case "CSV_MAX_RECORD_SIZE":
      return new SourceError(
        path,
        line,
        'a quoted field starts in this record and is never closed; add the missing "',
        error,
      );
    default:
      return new SourceError(
        path,
        Number(error["lines"]),
        `${error.message}; write a quote inside a quoted field as ""`,
        error,
      );
  }
}
