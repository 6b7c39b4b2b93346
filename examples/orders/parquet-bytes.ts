import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";

const createdBy = "millrace";

// How the footer of a file without rows goes on after its schema, in Thrift's compact protocol: the number of rows
// (0), the list of row groups (field header, then the list's own), and the name of the writer.
const beforeListHeader = Buffer.from([0x16, 0x00, 0x19]);
const untypedList = Buffer.from([0x00]);
const afterListHeader = Buffer.from([0x28, createdBy.length, ...Buffer.from(createdBy)]);
const noRowGroups = Buffer.concat([beforeListHeader, untypedList, afterListHeader]);
const emptyListOfStructs = 0x0c;

/** The columns as a Parquet file (Snappy). All columns have the same length, which may be 0. */
export function parquetBytes(columnData: ColumnSource[]): Uint8Array {
  const bytes = Buffer.from(parquetWriteBuffer({ columnData, createdBy }));
  if (columnData.every(({ data }) => data.length === 0)) typeEmptyList(bytes);
  return bytes;
}

/**
 * hyparquet-writer 0.17 gives an empty list of row groups no element type, and strict readers (parquet-rs, so
 * DataFusion and Delta) refuse such a file. This sets the type; a writer that sets it itself is left alone.
 */
function typeEmptyList(bytes: Buffer): void {
  const at = bytes.lastIndexOf(noRowGroups);
  if (at !== -1) bytes[at + beforeListHeader.length] = emptyListOfStructs;
}
