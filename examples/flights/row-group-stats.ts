import { type DecodedArray, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { addFlight, type DelayReport, emptyReport } from "./delay-report.ts";
import { type FlightsFile, flightColumns } from "./flights-file.ts";

/** A part of the file that can be read without the others. */
export interface RowGroup {
  index: number;
  rowStart: number;
  rowEnd: number; // exclusive
}

const microsPerDay = 86_400_000_000n;

export function listRowGroups({ metadata }: FlightsFile): RowGroup[] {
  let rowEnd = 0;
  return metadata.row_groups.map(({ num_rows }, index) => {
    const rowStart = rowEnd;
    rowEnd += Number(num_rows);
    return { index, rowStart, rowEnd };
  });
}

/** The statistics of one row group. Reads its three columns from the file and nothing else. */
export async function rowGroupStats({ file, metadata }: FlightsFile, group: RowGroup): Promise<DelayReport> {
  const { rowStart, rowEnd } = group;
  const columns = new Map<string, DecodedArray>();
  await parquetRead({
    file,
    metadata,
    columns: flightColumns,
    rowStart,
    rowEnd,
    compressors,
    parsers: { timestampFromMicroseconds: toDay },
    onChunk: ({ columnName, columnData }) => columns.set(columnName, columnData),
  });
  const [days, delays, origins] = flightColumns.map((name) => columns.get(name) ?? []);
  const report = emptyReport();
  for (let row = 0; row < rowEnd - rowStart; row++) {
    addFlight(report, {
      day: toText(days?.[row]),
      delayMinutes: toMinutes(delays?.[row]),
      origin: toText(origins?.[row]),
    });
  }
  return report;
}

/** The file holds local times without a zone, so the day is the day at the airport. */
function toDay(micros: bigint): string {
  const days = micros / microsPerDay - (micros % microsPerDay < 0n ? 1n : 0n);
  return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10);
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Null = the file does not say. */
function toMinutes(value: unknown): number | null {
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : null;
}
