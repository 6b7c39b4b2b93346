import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type AsyncBuffer, asyncBufferFromFile, type FileMetaData, parquetMetadataAsync } from "hyparquet";

/** The columns that the report reads; the file has more. */
export const flightColumns = ["date", "delay", "origin"];

/** An opened file: its footer is read, its rows are not. */
export interface FlightsFile {
  file: AsyncBuffer;
  metadata: FileMetaData;
}

/** A file that no retry can mend: missing, not Parquet, or without the columns that are needed. */
export class FlightsFileError extends Error {
  override readonly name = "FlightsFileError";
}

/** The 3,000,000 flights of the npm package vega-datasets (USA, January to June 2001). */
export function bundledFlights(): string {
  const entry = createRequire(import.meta.url).resolve("vega-datasets"); // …/vega-datasets/build/index.js
  return join(dirname(entry), "..", "data", "flights-3m.parquet");
}

/** @throws FlightsFileError when no retry can help */
export async function openFlights(path: string): Promise<FlightsFile> {
  const file = await asyncBufferFromFile(path).catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw isMissing
      ? new FlightsFileError(`${path}: no such file; give another --file`, { cause: error })
      : error;
  });
  const metadata = await readFooter(file, path);
  const present = metadata.schema.map(({ name }) => name);
  const missing = flightColumns.filter((column) => !present.includes(column));
  if (missing.length > 0) {
    throw new FlightsFileError(
      `${path}: has no column ${missing.join(", ")}; its columns are ${present.slice(1).join(", ")}`,
    );
  }
  return { file, metadata };
}

async function readFooter(file: AsyncBuffer, path: string): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file, { initialFetchSize: 64 * 1024 });
  } catch (cause) {
    throw new FlightsFileError(`${path}: is not a Parquet file`, { cause });
  }
}
