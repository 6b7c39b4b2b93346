import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { asked, useApi } from "../api/context.tsx";
import { toCounted } from "../format/numbers.ts";
import { Button } from "../ui/button.tsx";
import { DataGrid } from "../ui/data-grid.tsx";
import type { Widen } from "../ui/grid-head.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { arrange, widened } from "./column-arrangement.ts";
import { ColumnMenu } from "./column-menu.tsx";
import { runColumns } from "./run-columns.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { useArrangement } from "./use-arrangement.ts";
import { useRowKeys } from "./use-row-keys.ts";
import { useRunList } from "./use-run-list.ts";

const BulkDialog = lazy(async () =>
  import("./bulk-dialog.tsx").then(({ BulkDialog }) => ({ default: BulkDialog })),
);
const NoRuns = lazy(async () => import("./no-runs.tsx").then(({ NoRuns }) => ({ default: NoRuns })));
const ChosenDialog = lazy(async () =>
  import("./chosen-dialog.tsx").then(({ ChosenDialog }) => ({ default: ChosenDialog })),
);

interface RunListProps {
  readonly q: string;
  readonly order: "newest" | "oldest";
  readonly onQuery: (q: string) => void;
  readonly onOrder: (order: "newest" | "oldest") => void;
  readonly onPeek: (run: string | null) => void;
  readonly isPeeking: boolean;
}

/** The rows, what keys and pointers do to them, and what waits above them. */
export function RunList({ q, order, onQuery, onOrder, onPeek, isPeeking }: RunListProps) {
  const list = useRunList(q, order);
  const { pages, rows, waiting, load, total } = list;
  const keys = useRowKeys({ rows, onPeek, isPeeking, load: () => void load() });
  const { selection, toggleRun, setAction } = keys;
  const p95 = useSlowness();
  const { arrangement, change } = useArrangement();
  const all = useMemo(
    () => runColumns({ p95, selected: selection.ids, onToggle: toggleRun }),
    [p95, selection.ids, toggleRun],
  );
  const columns = useMemo(() => arrange(all, arrangement), [all, arrangement]);
  const widen = (id: string, px: number | null): void => change(widened(arrangement, id, px));
  if (pages.isError)
    return (
      <div className="flex-1">
        <ErrorState what="The runs could not be loaded" error={pages.error} onRetry={() => void load()} />
      </div>
    );
  if (pages.data === undefined) return <Skeleton rows={14} label="Loading runs" />;
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <ListBar
        waiting={waiting.length}
        onLoad={() => void load()}
        order={order}
        onOrder={onOrder}
        menu={<ColumnMenu columns={all} arrangement={arrangement} onChange={change} />}
      />
      {rows.length === 0 ? (
        <Suspense fallback={<Skeleton />}>
          <NoRuns q={q} onQuery={onQuery} />
        </Suspense>
      ) : (
        <RunRows list={list} keys={keys} columns={columns} onWiden={widen} />
      )}
      <SelectionBar
        selection={selection}
        total={total?.count ?? null}
        loaded={rows.length}
        onEverything={keys.selectEverything}
        onAct={setAction}
        onCompare={keys.compare}
        onClear={keys.clear}
      />
      <Suspense fallback={null}>
        <Command q={q} keys={keys} />
      </Suspense>
    </div>
  );
}

interface RunRowsProps {
  readonly list: ReturnType<typeof useRunList>;
  readonly keys: ReturnType<typeof useRowKeys>;
  readonly columns: ReturnType<typeof runColumns>;
  readonly onWiden: Widen;
}

function RunRows({ list: { pages, rows, total }, keys, columns, onWiden }: RunRowsProps) {
  return (
    <DataGrid
      label="Runs"
      rows={rows}
      columns={columns}
      rowId={({ run }) => run}
      total={total?.count ?? rows.length}
      cursor={keys.cursor}
      selected={keys.selection.ids}
      onRowClick={keys.clickRow}
      onWiden={onWiden}
      onNearEnd={() => {
        if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
      }}
      foot={pages.isFetchingNextPage && <Skeleton rows={3} label="Loading more runs" />}
    />
  );
}

/** Asks before a command to what is chosen, or to the row under the cursor. */
function Command({ q, keys }: { readonly q: string; readonly keys: ReturnType<typeof useRowKeys> }) {
  const { action, selection, targets, setAction, clear } = keys;
  const close = (): void => setAction(null);
  if (action === null) return null;
  if (selection.isEverything) return <BulkDialog q={q} action={action} onClose={close} />;
  return (
    <ChosenDialog
      rows={targets}
      action={action}
      onClose={close}
      onDone={() => {
        close();
        clear();
      }}
    />
  );
}

interface ListBarProps {
  readonly waiting: number; // new runs that are not in the list
  readonly onLoad: () => void;
  readonly order: "newest" | "oldest";
  readonly onOrder: (order: "newest" | "oldest") => void;
  readonly menu: ReactNode;
}

/** New runs do not push the rows that are being read: they wait here. */
function ListBar({ waiting, onLoad, order, onOrder, menu }: ListBarProps) {
  return (
    <div className="flex h-9 shrink-0 items-center gap-1 border-b border-line bg-surface px-2">
      <span aria-live="polite" className="flex flex-1 items-center">
        {waiting > 0 && (
          <Button look="primary" icon="up" onClick={onLoad} className="h-6">
            {toCounted(waiting, "new run")}
          </Button>
        )}
        {waiting > 0 && (
          <span className="pl-2 max-md:hidden">
            <KeyHint keys="." />
          </span>
        )}
      </span>
      <Button look="quiet" onClick={() => onOrder(order === "newest" ? "oldest" : "newest")}>
        {order === "newest" ? "Newest first" : "Oldest first"}
      </Button>
      {menu}
    </div>
  );
}

/** How long the runs of each flow take at most, nearly always: what a duration is measured against. */
function useSlowness(): ReadonlyMap<string, number> {
  const flows = useQuery(asked(useApi(), "flows", {}));
  return useMemo(
    () =>
      new Map(
        (flows.data ?? []).flatMap(({ flow, stats }) => (stats.p95Ms === null ? [] : [[flow, stats.p95Ms]])),
      ),
    [flows.data],
  );
}
