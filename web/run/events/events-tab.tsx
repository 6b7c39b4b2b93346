import { useMemo, useState } from "react";
import { toCounted } from "../../format/numbers.ts";
import { DataGrid } from "../../ui/data-grid.tsx";
import { Select } from "../../ui/field.tsx";
import { Empty } from "../../ui/notices.tsx";
import { FindField } from "../find-field.tsx";
import { useMoment, useRun, useRunSearch } from "../run-context.tsx";
import { eventColumns } from "./event-columns.tsx";
import { EventDetail } from "./event-detail.tsx";
import { eventRows, typesAmong } from "./event-rows.ts";

/** The truth: every event of the run, newest first, up to the moment that is looked at. */
export function EventsTab() {
  const { feed, view, head, goTo } = useRun();
  const moment = useMoment();
  const [{ find = "" }] = useRunSearch();
  const [type, setType] = useState("");
  const [open, setOpen] = useState<number | null>(null);
  const { last, eventAt } = view;
  const types = useMemo(() => typesAmong(last, eventAt), [last, eventAt]);
  const rows = useMemo(
    () => eventRows(moment.n, eventAt, { text: find, type }),
    [moment.n, eventAt, find, type],
  );
  const { createdAt } = head.summary;
  const columns = useMemo(
    () =>
      eventColumns({
        createdAt,
        bytesAt: (position) => feed.bytesAt(position),
        open: setOpen,
        seeThen: (position) => goTo(position >= last ? null : position),
      }),
    [createdAt, feed, goTo, last],
  );
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-3 border-b border-line px-3 py-1.5">
        <FindField label="Find events" placeholder="Type, call, signal or actor" />
        <Select aria-label="Type of event" value={type} onChange={({ target }) => setType(target.value)}>
          <option value="">every type</option>
          {types.map((known) => (
            <option key={known}>{known}</option>
          ))}
        </Select>
        <span className="text-xs text-faint">
          {toCounted(rows.length, "event")}
          {!view.isWhole && `, ${toCounted(view.last - view.length, "more", "more")} on the way`}
        </span>
      </div>
      {rows.length === 0 ? (
        <Empty title="No event matches" />
      ) : (
        <DataGrid
          label="Events"
          columns={columns}
          rows={rows}
          rowId={({ position }) => String(position)}
          rowPx={26}
          {...(open === null ? {} : { selected: new Set([String(open)]) })}
          onRowClick={(index) => setOpen(rows[index]?.position ?? null)}
        />
      )}
      {open !== null && (
        <EventDetail key={open} position={open} onMove={setOpen} onClose={() => setOpen(null)} />
      )}
    </>
  );
}
