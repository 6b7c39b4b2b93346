import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type MouseEvent,
  memo,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { GridHead, type Widen } from "./grid-head.tsx";
import { joinNames } from "./join-names.ts";
import { useRowPx } from "./preferences.ts";

export interface Column<Row> {
  readonly id: string;
  readonly title: ReactNode;
  readonly width: string; // of the CSS grid: "120px", "minmax(160px, 2fr)"
  render(row: Row): ReactNode; // the same row, the same cell: it is rendered again when the row or the columns change
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
  readonly onWiden?: Widen; // for those whose columns a reader may arrange
  readonly foot?: ReactNode; // below the last row
}

const nearEnd = 20; // rows

/**
 * A table of any length: only the rows in sight are in the page. Cells hold links and buttons of their own, so every
 * row can be opened in a new tab.
 */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { label, rows, total, cursor, selected, foot } = props;
  const click = useSameClick(props.onRowClick);
  const isClickable = props.onRowClick !== undefined;
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
      <GridHead columns={columns} tracks={tracks} onWiden={props.onWiden} />
      <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index];
          const id = String(key);
          return row === undefined ? null : (
            <GridRow
              key={key}
              row={row}
              id={id}
              columns={columns}
              tracks={tracks}
              index={index}
              top={start}
              rowPx={rowPx}
              isCursor={cursor === index}
              isSelected={selected?.has(id)}
              onClick={isClickable ? click : undefined}
            />
          );
        })}
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

/** A handler that stays the same one: rows are not rendered again because their list was. */
function useSameClick(onRowClick: DataGridProps<never>["onRowClick"]) {
  const newest = useRef(onRowClick);
  useLayoutEffect(() => {
    newest.current = onRowClick;
  });
  return useCallback((index: number, event: MouseEvent) => newest.current?.(index, event), []);
}

interface GridRowProps {
  readonly row: unknown;
  readonly id: string;
  readonly columns: readonly Column<unknown>[];
  readonly tracks: string;
  readonly index: number;
  readonly top: number; // pixels
  readonly rowPx: number;
  readonly isCursor: boolean;
  readonly isSelected: boolean | undefined; // undefined = rows are not selected here
  readonly onClick: ((index: number, event: MouseEvent) => void) | undefined;
}

/** Rendered when something of its own changed: who scrolls a long list meets new rows, and keeps the others. */
const GridRow = memo((props: GridRowProps) => {
  const { row, id, columns, tracks, index, top, rowPx, isCursor, isSelected, onClick } = props;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys move the cursor of the whole grid
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-row={id}
      onClick={onClick === undefined ? undefined : (event) => onClick(index, event)}
      style={{ gridTemplateColumns: tracks, height: rowPx, transform: `translateY(${top}px)` }}
      className={joinNames(
        "absolute inset-x-0 top-0 grid items-center border-b border-line/70",
        isSelected === true ? "bg-accent-wash" : "hover:bg-hover",
        isCursor && "shadow-[inset_3px_0_0_var(--accent)]",
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
});

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
