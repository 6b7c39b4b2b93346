import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Capacity } from "../../src/server/contract/overview.ts";
import { useApi } from "../api/context.tsx";
import { toSpan } from "../format/instants.ts";
import { toCount } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";
import { useToast } from "../ui/toast.tsx";

type Queue = Capacity["queues"][number];

const columns: readonly PlainColumn<Queue>[] = [
  {
    id: "queue",
    title: "Queue",
    render: ({ queue }) => (
      <Link
        to="/runs"
        search={{ q: `queue:${JSON.stringify(queue)} status:running,scheduled` }}
        className="inline-block py-0.5 font-medium hover:underline"
      >
        <bdi>{toPlainLine(queue)}</bdi>
      </Link>
    ),
  },
  { id: "waiting", title: "Waiting", isNumber: true, render: ({ waiting }) => toCount(waiting) },
  { id: "active", title: "Active", isNumber: true, isWide: true, render: ({ active }) => toCount(active) },
  {
    id: "delayed",
    title: "Delayed",
    isNumber: true,
    isWide: true,
    render: ({ delayed }) => toCount(delayed),
  },
  {
    id: "oldest",
    title: "Oldest waits",
    isNumber: true,
    render: ({ waiting, oldestWaitingMs }) => (waiting === 0 ? "–" : toSpan(oldestWaitingMs)),
  },
  {
    id: "workers",
    title: "Workers",
    isNumber: true,
    render: ({ workers, waiting }) => (
      <span className={workers === 0 && waiting > 0 ? "font-medium text-state-failed" : ""}>
        {workers === 0 ? "none" : toCount(workers)}
      </span>
    ),
  },
  {
    id: "flows",
    title: "Flows",
    isWide: true,
    render: ({ flows }) => <bdi className="text-soft">{flows.map(toPlainLine).join(", ")}</bdi>,
  },
  {
    id: "pause",
    title: <span className="sr-only">Pause</span>,
    isNumber: true,
    render: (queue) => <Pause queue={queue} />,
  },
];

export function QueuePanel({ queues }: { readonly queues: readonly Queue[] }) {
  return (
    <Panel title="Queues">
      {queues.length === 0 ? (
        <Empty title="No queue yet">
          <p>A queue is made by the first run or task that is sent to it.</p>
        </Empty>
      ) : (
        <PlainTable label="Queues" columns={columns} rows={queues} rowId={({ queue }) => queue} />
      )}
    </Panel>
  );
}

function Pause({ queue: { queue, isPaused } }: { readonly queue: Queue }) {
  const api = useApi();
  const queries = useQueryClient();
  const tell = useToast();
  const change = useMutation({
    mutationFn: async () =>
      isPaused ? api.ask("resumeQueue", { params: { queue } }) : api.ask("pauseQueue", { params: { queue } }),
    onSuccess: () =>
      tell({
        text: isPaused ? `Workers take from ${queue} again.` : `No worker takes from ${queue} any more.`,
      }),
    onError: ({ message }) => tell({ text: message, isProblem: true }),
    onSettled: async () => queries.invalidateQueries({ queryKey: ["capacity"] }),
  });
  return (
    <Button look={isPaused ? "primary" : "plain"} disabled={change.isPending} onClick={() => change.mutate()}>
      {isPaused ? "Resume" : "Pause"}
      <span className="sr-only"> {queue}</span>
    </Button>
  );
}
