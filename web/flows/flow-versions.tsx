import type { FlowDetail } from "../../src/server/contract/flows.ts";
import { toCount } from "../format/numbers.ts";
import { Time } from "../ui/clock.tsx";
import { Empty } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";

type Version = FlowDetail["versions"][number];

const columns: readonly PlainColumn<Version>[] = [
  {
    id: "code",
    title: "Code",
    render: ({ codeHash }) => <code className="font-mono text-xs">{codeHash.slice(0, 12)}</code>,
  },
  {
    id: "source",
    title: "File",
    isWide: true,
    render: ({ source }) => <bdi className="break-all">{source ?? "–"}</bdi>,
  },
  { id: "first", title: "First seen", render: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
  { id: "last", title: "Last seen", render: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
  { id: "workers", title: "Live workers", isNumber: true, render: ({ workers }) => toCount(workers) },
];

/** The releases of a flow that workers have told of. */
export function FlowVersions({ versions }: { readonly versions: readonly Version[] }) {
  if (versions.length === 0) return <Empty title="No worker has told of this flow" />;
  return (
    <Panel title="Releases that workers have told of">
      <PlainTable label="Versions" columns={columns} rows={versions} rowId={({ codeHash }) => codeHash} />
    </Panel>
  );
}
