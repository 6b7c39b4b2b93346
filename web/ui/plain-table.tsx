import type { ReactNode } from "react";
import { joinNames } from "./join-names.ts";

export interface PlainColumn<Row> {
  readonly id: string;
  readonly title: ReactNode;
  readonly isNumber?: boolean;
  readonly isWide?: boolean; // left out on phones
  readonly render: (row: Row) => ReactNode;
}

interface PlainTableProps<Row> {
  readonly label: string;
  readonly columns: readonly PlainColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
}

/** A table of some dozens of rows, all of them in the page. */
export function PlainTable<Row>({ label, columns, rows, rowId }: PlainTableProps<Row>) {
  const cellNames = (column: PlainColumn<Row>, names: string): string =>
    joinNames(names, column.isNumber && "text-right", column.isWide && "max-md:hidden");
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={label}>
      <table className="w-full border-collapse">
        <thead>
          <tr className="text-xs text-faint">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={cellNames(column, "px-3 py-1.5 text-left font-normal")}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowId(row)} className="border-t border-line/70 hover:bg-hover">
              {columns.map((column) => (
                <td key={column.id} className={cellNames(column, "max-w-md px-3 py-1.5 align-middle")}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
