import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";

const createdBy = "millrace";

// The end of the footer of a file without row groups, in Thrift's compact protocol: num_rows = 0, then the list
// row_groups (field header, list header), then created_by, the end of the struct, the footer's length, "PAR1".
const rowsAndGroups = [0x16, 0x00, 0x19, 0x00] as const;
const bytesAfterGroups = 2 + createdBy.length + 1 + 4 + 4;
const emptyListOfStructs = 0x0c;

/** The columns as a Parquet file (Snappy). All columns have the same length, which may be 0. */
export function parquetBytes(columnData: ColumnSource[]): Uint8Array {
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, createdBy }));
  if (columnData.every(({ data }) => data.length === 0)) typeEmptyList(bytes);
  return bytes;
}

/**
 * hyparquet-writer 0.17 gives the empty list of row groups no element type, and stricter readers (parquet-rs, so
 * DataFusion, Polars and others) refuse such a file. This sets the type; a writer that sets it itself is left alone.
 */
function typeEmptyList(bytes: Uint8Array): void {
  const header = bytes.length - bytesAfterGroups - 1;
  const found = bytes.subarray(header + 1 - rowsAndGroups.length, header + 1);
  if (rowsAndGroups.every((byte, at) => found[at] === byte)) bytes[header] = emptyListOfStructs;
}
