import { tableFromIPC } from "@uwdata/flechette";
import { readParquet } from "parquet-wasm";

/** A table as a reader sees it that shares no code with the writer (parquet-rs, by way of Arrow). */
export interface ParquetTable {
  columns: Record<string, string>; // name -> Arrow type; "?" at the end = may be null
  rows: Record<string, unknown>[];
}

const typeNames = new Map([
  [2, "int"],
  [3, "double"],
  [5, "utf8"],
  [10, "timestamp"],
]);

export function readParquetTable(bytes: Uint8Array): ParquetTable {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream(), { useDate: true });
  const columns = table.schema.fields.map(({ name, type, nullable }) => {
    const bits = "bitWidth" in type ? String(type.bitWidth) : "";
    return [name, `${typeNames.get(type.typeId) ?? `type ${type.typeId}`}${bits}${nullable ? "?" : ""}`];
  });
  return { columns: Object.fromEntries(columns), rows: table.toArray() };
}

/** Whole columns of a file, without making rows; timestamps are epoch ms, 64-bit integers are bigint. */
export function readParquetColumns(bytes: Uint8Array, names: readonly string[]): ArrayLike<unknown>[] {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream(), { useBigInt: true });
  return names.map((name) => table.getChild(name).toArray());
}
