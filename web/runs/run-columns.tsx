import type { RunRow } from "../../src/server/contract/runs.ts";
import { toSpan } from "../format/instants.ts";
import { toCount } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Duration, Time, useNow } from "../ui/clock.tsx";
import type { Column } from "../ui/data-grid.tsx";
import { StateBadge } from "../ui/state-mark.tsx";
import { RunLink } from "./run-link.tsx";

/** What columns need to know besides the row. */
export interface RowContext {
  readonly p95: ReadonlyMap<string, number>; // by flow, of its runs; ms
  readonly selected: ReadonlySet<string>;
  readonly onToggle: (run: string) => void;
}

type RunColumn = Column<RunRow> & { readonly word: string };

/** Every column of the list of runs; which of them are shown is the reader's choice. */
export function runColumns({ p95, selected, onToggle }: RowContext): readonly RunColumn[] {
  return [
    {
      id: "select",
      word: "",
      title: <span className="sr-only">Selected</span>,
      width: "34px",
      render: ({ run, name }) => (
        <input
          type="checkbox"
          aria-label={`Select ${name}`}
          className="block size-6 scale-[0.62] accent-accent"
          checked={selected.has(run)}
          onChange={() => onToggle(run)}
          onClick={(event) => event.stopPropagation()}
        />
      ),
    },
    ...firstColumns,
    {
      id: "duration",
      word: "Duration",
      title: "Duration",
      width: "minmax(96px, 146px)",
      render: (row) => <DurationCell row={row} p95Ms={p95.get(row.flow) ?? null} />,
    },
    ...lastColumns,
  ];
}

const firstColumns: readonly RunColumn[] = [
  {
    id: "state",
    word: "State",
    title: "State",
    width: "minmax(106px, 138px)",
    render: ({ state, stateName }) => <StateBadge state={state} name={stateName} />,
  },
  {
    id: "name",
    word: "Name",
    title: "Name",
    width: "minmax(110px, 3fr)",
    render: (row) => <NameCell row={row} />,
  },
  {
    id: "flow",
    word: "Flow",
    title: "Flow",
    width: "minmax(110px, 1fr)",
    from: "tablet",
    render: ({ flow }) => <bdi>{toPlainLine(flow)}</bdi>,
  },
  {
    id: "created",
    word: "Created",
    title: "Created",
    width: "112px",
    from: "tablet",
    render: ({ createdAt }) => <Time at={createdAt} />,
  },
];

const lastColumns: readonly RunColumn[] = [
  {
    id: "tasks",
    word: "Tasks",
    title: "Tasks",
    width: "120px",
    from: "tablet",
    render: (row) => <TaskCell row={row} />,
  },
  {
    id: "attempt",
    word: "Attempt",
    title: "Attempt",
    width: "76px",
    isNumber: true,
    from: "desktop",
    render: ({ attempt }) => <span className={attempt > 1 ? "" : "text-faint"}>{attempt}</span>,
  },
  {
    id: "queue",
    word: "Queue",
    title: "Queue",
    width: "minmax(70px, 0.6fr)",
    from: "desktop",
    render: ({ queue }) => <bdi>{toPlainLine(queue)}</bdi>,
  },
  {
    id: "trigger",
    word: "Trigger",
    title: "Trigger",
    width: "92px",
    from: "desktop",
    render: ({ trigger }) => <span className="text-soft">{trigger}</span>,
  },
  {
    id: "tags",
    word: "Tags",
    title: "Tags",
    width: "minmax(70px, 0.7fr)",
    from: "desktop",
    render: ({ tags }) => (
      <span className="text-soft">
        <bdi>{tags.map(toPlainLine).join(", ")}</bdi>
      </span>
    ),
  },
];

function NameCell({ row }: { readonly row: RunRow }) {
  const { run, name, error, message } = row;
  const why = error ?? message;
  return (
    <>
      <RunLink run={run} className="font-medium hover:underline">
        <bdi>{name === "" ? run : toPlainLine(name)}</bdi>
      </RunLink>
      {why !== null && (
        <bdi className="pl-2 text-xs text-soft" title={toPlainLine(why)}>
          {toPlainLine(why)}
        </bdi>
      )}
    </>
  );
}

/** Against what the flow's runs usually take at most: a bar that is full is one of the slowest. */
function DurationCell({
  row: { startedAt, endedAt },
  p95Ms,
}: {
  readonly row: RunRow;
  readonly p95Ms: number | null;
}) {
  if (startedAt === null || p95Ms === null || p95Ms === 0) return <Duration from={startedAt} to={endedAt} />;
  return endedAt === null ? (
    <MovingBar from={startedAt} p95Ms={p95Ms} />
  ) : (
    <DurationBar ms={endedAt - startedAt} p95Ms={p95Ms} />
  );
}

function MovingBar({ from, p95Ms }: { readonly from: number; readonly p95Ms: number }) {
  return <DurationBar ms={Math.max(0, useNow() - from)} p95Ms={p95Ms} />;
}

function DurationBar({ ms, p95Ms }: { readonly ms: number; readonly p95Ms: number }) {
  const part = Math.min(1, ms / p95Ms);
  return (
    <span
      className="flex items-center gap-2"
      title={`95 of 100 runs of this flow take at most ${toSpan(p95Ms)}`}
    >
      <span className="w-20 text-right">{toSpan(ms)}</span>
      <span aria-hidden className="h-1 w-9 overflow-hidden max-md:hidden rounded-full bg-sunken">
        <span
          className="block h-full rounded-full"
          style={{
            width: `${part * 100}%`,
            background: part >= 1 ? "var(--state-scheduled)" : "var(--line-strong)",
          }}
        />
      </span>
    </span>
  );
}

function TaskCell({ row: { tasks, completed, failed } }: { readonly row: RunRow }) {
  if (tasks === 0) return <span className="text-faint">–</span>;
  return (
    <span className="flex items-center gap-2" title={`${completed} completed, ${failed} failed, of ${tasks}`}>
      <span aria-hidden className="flex h-1.5 w-12 overflow-hidden rounded-full bg-line">
        <span style={{ width: `${(completed / tasks) * 100}%`, background: "var(--state-completed)" }} />
        <span style={{ width: `${(failed / tasks) * 100}%`, background: "var(--state-failed)" }} />
      </span>
      <span>
        {toCount(completed)}/{toCount(tasks)}
      </span>
      {failed > 0 && <span className="text-state-failed">{toCount(failed)} ✕</span>}
    </span>
  );
}
