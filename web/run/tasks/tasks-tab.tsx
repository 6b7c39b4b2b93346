import { useMemo } from "react";
import { toSpan } from "../../format/instants.ts";
import { toCount, toCounted } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { DataGrid } from "../../ui/data-grid.tsx";
import { Empty } from "../../ui/notices.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { FindField } from "../find-field.tsx";
import { useMoment, useRun, useRunSearch } from "../run-context.tsx";
import { isFailure } from "../timeline/call-state.ts";
import { taskColumns } from "./task-columns.tsx";
import { findRows, type NameRow, nameRowsOf, taskRowsOf } from "./task-rows.ts";

/** Every call as a table, by name first: what the timeline draws, for reading. */
export function TasksTab() {
  const { head } = useRun();
  const moment = useMoment();
  const [{ find = "", errors = false, call }, change] = useRunSearch();
  const rows = useMemo(() => taskRowsOf(moment.picture), [moment.picture]);
  const names = useMemo(() => nameRowsOf(rows), [rows]);
  const shown = useMemo(() => {
    const found = findRows(rows, find);
    return errors ? found.filter(({ mark }) => isFailure(mark)) : found;
  }, [rows, find, errors]);
  const { createdAt } = head.summary;
  const columns = useMemo(
    () => taskColumns({ createdAt, at: moment.at, open: (key) => change({ call: key }) }),
    [createdAt, moment.at, change],
  );
  if (rows.length === 0) return <Empty title="The flow has called nothing yet" />;
  return (
    <>
      <NameTable names={names} />
      <div className="flex shrink-0 flex-wrap items-center gap-3 border-b border-line px-3 py-1.5">
        <FindField label="Find calls" placeholder="Key, state, worker or queue" />
        <label className="inline-flex min-h-6 items-center gap-1.5 text-soft">
          <input
            type="checkbox"
            className="size-4"
            checked={errors}
            onChange={({ target }) => change({ errors: target.checked || undefined })}
          />
          failed only
        </label>
        <span className="text-xs text-faint">{toCounted(shown.length, "call")}</span>
      </div>
      <DataGrid
        label="Calls"
        columns={columns}
        rows={shown}
        rowId={({ ref }) => ref.key}
        rowPx={28}
        {...(call === undefined ? {} : { selected: new Set([call]) })}
        onRowClick={(index) => change({ call: shown[index]?.ref.key })}
      />
    </>
  );
}

function NameTable({ names }: { readonly names: readonly NameRow[] }) {
  const heads = ["pending", "running", "done", "failed", "retries", "p50", "p95"];
  return (
    <ScrollRegion label="Calls by name" className="max-h-44 shrink-0 border-b border-line">
      <table className="w-full border-collapse">
        <thead className="sticky top-0 bg-surface text-xs text-faint">
          <tr>
            <th className="px-3 py-1 text-left font-normal">Name</th>
            {heads.map((head) => (
              <th key={head} className="px-2 py-1 text-right font-normal">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.slice(0, mostNames).map((row) => (
            <tr key={`${row.kind} ${row.name}`} className="border-t border-line/70">
              <th scope="row" className="max-w-60 truncate px-3 py-1 text-left font-medium">
                <bdi>{toPlainLine(row.name)}</bdi>
                {row.kind !== "task" && (
                  <span className="pl-1.5 text-xs font-normal text-faint">{row.kind}</span>
                )}
              </th>
              {[row.pending, row.running, row.done].map((count, index) => (
                <td key={heads[index]} className="px-2 text-right">
                  {toCount(count)}
                </td>
              ))}
              <td
                className={
                  row.failed > 0 ? "px-2 text-right font-medium text-state-failed" : "px-2 text-right"
                }
              >
                {row.failed > 0 ? `✕ ${toCount(row.failed)}` : "0"}
              </td>
              <td className="px-2 text-right">{toCount(row.retries)}</td>
              <td className="px-2 text-right whitespace-nowrap">
                {row.p50Ms === null ? "–" : toSpan(row.p50Ms)}
              </td>
              <td className="px-2 text-right whitespace-nowrap">
                {row.p95Ms === null ? "–" : toSpan(row.p95Ms)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {names.length > mostNames && (
        <p className="px-3 py-1 text-xs text-faint">{toCounted(names.length - mostNames, "more name")}</p>
      )}
    </ScrollRegion>
  );
}

const mostNames = 100;
