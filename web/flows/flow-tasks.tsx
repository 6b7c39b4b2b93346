import type { FlowDetail } from "../../src/server/contract/flows.ts";
import { toSpan } from "../format/instants.ts";
import { toCount, toShare } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Empty } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";

type TaskRow = FlowDetail["tasks"][number];

const span = (ms: number | null): string => (ms === null ? "–" : toSpan(ms));

const columns: readonly PlainColumn<TaskRow>[] = [
  { id: "task", title: "Task", render: ({ task }) => <bdi className="font-medium">{toPlainLine(task)}</bdi> },
  { id: "calls", title: "Calls", isNumber: true, render: ({ calls }) => toCount(calls) },
  {
    id: "rate",
    title: "Completed",
    isNumber: true,
    render: (row) => (row.successRate === null ? "–" : toShare(row.successRate, 1)),
  },
  { id: "cached", title: "Cached", isNumber: true, isWide: true, render: ({ cached }) => toCount(cached) },
  { id: "failed", title: "Failed", isNumber: true, render: ({ failed }) => <Count of={failed} /> },
  {
    id: "retries",
    title: "Retries",
    isNumber: true,
    isWide: true,
    render: ({ retries }) => toCount(retries),
  },
  { id: "p50", title: "p50", isNumber: true, isWide: true, render: ({ p50Ms }) => span(p50Ms) },
  { id: "p95", title: "p95", isNumber: true, render: ({ p95Ms }) => span(p95Ms) },
  { id: "mean", title: "Mean", isNumber: true, isWide: true, render: ({ meanMs }) => span(meanMs) },
];

function Count({ of }: { readonly of: number }) {
  return <span className={of > 0 ? "text-state-failed" : ""}>{toCount(of)}</span>;
}

/** The tasks of a flow, over all its runs. */
export function FlowTasks({ tasks }: { readonly tasks: readonly TaskRow[] }) {
  if (tasks.length === 0) return <Empty title="No run of this flow has called a task yet" />;
  return (
    <Panel title="Tasks, over all runs">
      <PlainTable label="Tasks of the flow" columns={columns} rows={tasks} rowId={({ task }) => task} />
    </Panel>
  );
}
