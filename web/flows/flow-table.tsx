import { Link } from "@tanstack/react-router";
import type { FlowRow } from "../../src/server/contract/flows.ts";
import { toSpan } from "../format/instants.ts";
import { toCount, toShare } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Ago } from "../ui/clock.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";
import { RunBars } from "../ui/run-bars.tsx";

const nothing = <span className="text-faint">–</span>;

const columns: readonly PlainColumn<FlowRow>[] = [
  {
    id: "flow",
    title: "Name",
    render: ({ flow }) => (
      <Link to="/flows/$flow" params={{ flow }} className="inline-block py-0.5 font-medium hover:underline">
        <bdi>{toPlainLine(flow)}</bdi>
      </Link>
    ),
  },
  { id: "bars", title: "Last 40 runs", render: ({ lastRuns }) => <RunBars bars={lastRuns} /> },
  {
    id: "hour",
    title: "Completed, last hour",
    isNumber: true,
    isWide: true,
    render: ({ stats: { success1h } }) => (success1h === null ? nothing : toShare(success1h, 1)),
  },
  {
    id: "ever",
    title: "ever",
    isNumber: true,
    isWide: true,
    render: ({ stats: { successRate } }) => (successRate === null ? nothing : toShare(successRate, 1)),
  },
  {
    id: "p95",
    title: "p95",
    isNumber: true,
    isWide: true,
    render: ({ stats: { p95Ms } }) => (p95Ms === null ? nothing : toSpan(p95Ms)),
  },
  {
    id: "open",
    title: "Open",
    isNumber: true,
    render: ({ flow, stats: { open } }) => (
      <Link
        to="/runs"
        search={{ q: `flow:${JSON.stringify(flow)} status:running,scheduled,paused` }}
        className="inline-block min-w-6 py-0.5 hover:underline"
      >
        {toCount(open)}
      </Link>
    ),
  },
  {
    id: "workers",
    title: "Workers",
    isNumber: true,
    isWide: true,
    render: ({ workers }) => (workers === 0 ? <span className="text-faint">none</span> : toCount(workers)),
  },
  {
    id: "last",
    title: "Last",
    isNumber: true,
    isWide: true,
    render: ({ stats: { lastAt } }) => (lastAt === null ? nothing : <Ago at={lastAt} />),
  },
];

/** Every flow in a line: how its last runs went, how often it completes, how long it takes. */
export function FlowTable({ flows }: { readonly flows: readonly FlowRow[] }) {
  return <PlainTable label="Flows" columns={columns} rows={flows} rowId={({ flow }) => flow} />;
}
