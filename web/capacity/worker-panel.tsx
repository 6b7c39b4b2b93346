import type { Capacity } from "../../src/server/contract/overview.ts";
import { toCount } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Ago } from "../ui/clock.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";
import { StateMark } from "../ui/state-mark.tsx";

type Worker = Capacity["workers"][number];

const columns: readonly PlainColumn<Worker>[] = [
  {
    id: "worker",
    title: "Worker",
    render: ({ id, isAlive, isLocal }) => (
      <span className="flex items-center gap-2">
        <StateMark state={isAlive ? "COMPLETED" : "CANCELLED"} />
        <bdi className="font-mono text-xs">{toPlainLine(id)}</bdi>
        <span className="text-soft">{isAlive ? (isLocal ? "a script" : "") : "gone"}</span>
      </span>
    ),
  },
  {
    id: "host",
    title: "Host",
    render: ({ host, pid }) => (
      <span>
        <bdi>{toPlainLine(host)}</bdi> <span className="text-faint">{pid}</span>
      </span>
    ),
  },
  { id: "started", title: "Started", isWide: true, render: ({ startedAt }) => <Ago at={startedAt} /> },
  { id: "runs", title: "Owns", isNumber: true, render: ({ runs }) => toCount(runs) },
  {
    id: "queues",
    title: "Queues",
    isWide: true,
    render: ({ queues }) => <bdi className="text-soft">{queues.map(toPlainLine).join(", ")}</bdi>,
  },
  {
    id: "flows",
    title: "Flows",
    isWide: true,
    render: ({ flows }) => (
      <bdi className="text-soft" title={flows.map(toPlainLine).join(", ")}>
        {flows.length <= 3 ? flows.map(toPlainLine).join(", ") : `${flows.length} flows`}
      </bdi>
    ),
  },
];

const command = "npx millrace worker flow.ts";

export function WorkerPanel({ workers }: { readonly workers: readonly Worker[] }) {
  return (
    <Panel title="Workers">
      {workers.length === 0 ? (
        <Empty title="No worker">
          <p>Runs that are sent to queues wait for one:</p>
          <div className="flex items-center rounded-md bg-sunken pl-3">
            <code className="font-mono text-xs">{command}</code>
            <CopyButton text={command} />
          </div>
        </Empty>
      ) : (
        <PlainTable label="Workers" columns={columns} rows={workers} rowId={({ id }) => id} />
      )}
    </Panel>
  );
}
