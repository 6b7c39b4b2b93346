import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type MouseEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { joinNames } from "./join-names.ts";
import { useRowPx } from "./preferences.ts";

export interface Column<Row> {
  readonly id: string;
  readonly title: ReactNode;
  readonly width: string; // of the CSS grid: "120px", "minmax(160px, 2fr)"
  readonly render: (row: Row) => ReactNode;
  readonly isNumber?: boolean; // to the right
  readonly from?: "tablet" | "desktop"; // not shown on narrower screens
}

interface DataGridProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly total?: number; // rows there are, loaded or not
  readonly rowPx?: number; // where rows are cosy
  readonly cursor?: number | null; // the row that keys act on
  readonly selected?: ReadonlySet<string>;
  readonly onRowClick?: (index: number, event: MouseEvent) => void;
  readonly onNearEnd?: () => void; // the last rows are in sight: fetch more
  readonly foot?: ReactNode; // below the last row
}

const nearEnd = 20; // rows

/**
 * A table of any length: only the rows in sight are in the page. Cells hold links and buttons of their own, so every
 * row can be opened in a new tab.
 */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { label, rows, total, selected, foot } = props;
  const rowPx = useRowPx(props.rowPx ?? 34);
  const { scroller, virtualizer } = useRowsInSight(props, rowPx);
  const columns = useShownColumns(props.columns, scroller);
  const tracks = useMemo(() => columns.map(({ width }) => width).join(" "), [columns]);
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={(total ?? rows.length) + 1}
      aria-multiselectable={selected === undefined ? undefined : true}
      tabIndex={0}
      className="relative min-h-0 flex-1 overflow-auto overscroll-contain bg-surface"
    >
      <GridHead columns={columns} tracks={tracks} />
      <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => (
          <GridRow
            key={key}
            {...props}
            columns={columns}
            tracks={tracks}
            index={index}
            top={start}
            rowPx={rowPx}
          />
        ))}
      </div>
      {foot}
    </div>
  );
}

/** Which rows to draw; follows the cursor, and asks for more near the end. */
function useRowsInSight<Row>(props: DataGridProps<Row>, rowPx: number) {
  const { rows, rowId, cursor = null, onNearEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowId(row);
    },
    overscan: 8,
    initialRect: { width: 1_000, height: 800 },
  });
  const last = virtualizer.getVirtualItems().at(-1)?.index ?? 0;
  const nearTheEnd = useEffectEvent(() => onNearEnd?.());
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - nearEnd) nearTheEnd();
  }, [last, rows.length]);
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx]);
  useEffect(() => {
    if (cursor !== null) virtualizer.scrollToIndex(cursor, { align: "auto" });
  }, [virtualizer, cursor]);
  return { scroller, virtualizer };
}

interface GridHeadProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly tracks: string;
}

function GridHead<Row>({ columns, tracks }: GridHeadProps<Row>) {
  return (
    <div
      role="row"
      aria-rowindex={1}
      style={{ gridTemplateColumns: tracks }}
      className="sticky top-0 z-10 grid min-w-full items-center border-b border-line bg-surface text-xs text-faint"
    >
      {columns.map(({ id, title, isNumber }) => (
        <span
          key={id}
          role="columnheader"
          className={joinNames("truncate px-2 py-1.5", isNumber && "text-right")}
        >
          {title}
        </span>
      ))}
    </div>
  );
}

interface GridRowProps<Row> extends DataGridProps<Row> {
  readonly tracks: string;
  readonly index: number;
  readonly top: number; // pixels
}

function GridRow<Row>({
  rows,
  rowId,
  columns,
  tracks,
  index,
  top,
  rowPx,
  cursor,
  selected,
  onRowClick,
}: GridRowProps<Row>) {
  const row = rows[index];
  if (row === undefined) return null;
  const isSelected = selected?.has(rowId(row));
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys move the cursor of the whole grid
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-row={rowId(row)}
      onClick={onRowClick === undefined ? undefined : (event) => onRowClick(index, event)}
      style={{ gridTemplateColumns: tracks, height: rowPx, transform: `translateY(${top}px)` }}
      className={joinNames(
        "absolute inset-x-0 top-0 grid items-center border-b border-line/70",
        isSelected === true ? "bg-accent-wash" : "hover:bg-hover",
        cursor === index && "shadow-[inset_3px_0_0_var(--accent)]",
      )}
    >
      {columns.map((column) => (
        <span
          key={column.id}
          role="gridcell"
          className={joinNames("min-w-0 truncate px-2", column.isNumber && "text-right")}
        >
          {column.render(row)}
        </span>
      ))}
    </div>
  );
}

const breadths = { tablet: 680, desktop: 1_000 } as const; // pixels of the grid, not of the screen

/** The columns that there is room for. */
function useShownColumns<Row>(
  columns: readonly Column<Row>[],
  scroller: RefObject<HTMLDivElement | null>,
): readonly Column<Row>[] {
  const [room, setRoom] = useState<0 | 680 | 1_000>(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => {
      const { clientWidth } = element;
      setRoom(clientWidth >= breadths.desktop ? 1_000 : clientWidth >= breadths.tablet ? 680 : 0);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return useMemo(
    () => columns.filter(({ from }) => from === undefined || breadths[from] <= room),
    [columns, room],
  );
}
