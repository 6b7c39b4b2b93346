import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { toSpan } from "../format/instants.ts";
import { toBytes, toCount } from "../format/numbers.ts";
import { toShortLine } from "../format/plain-text.ts";
import { useLive } from "../live/use-live.ts";
import { Button } from "../ui/button.tsx";
import { Time } from "../ui/clock.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { type PlainColumn, PlainTable } from "../ui/plain-table.tsx";
import { useToast } from "../ui/toast.tsx";

type Projection = AnswerOf<"projections">[number];
type Aside = AnswerOf<"aside">[number];

/** What is derived from the log, how far it is behind, and the runs that it cannot take. */
export function ProjectionPanel() {
  const api = useApi();
  const projections = useQuery(asked(api, "projections", {}));
  const aside = useQuery(asked(api, "aside", {}));
  useLive("capacity", () => void projections.refetch());
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-auto bg-canvas p-3">
      <Panel
        title="Projections"
        aside={
          <Button
            look="quiet"
            icon="retry"
            onClick={() => void Promise.all([projections.refetch(), aside.refetch()])}
          >
            Look again
          </Button>
        }
      >
        {projections.isError && (
          <ErrorState what="The projections could not be loaded" error={projections.error} />
        )}
        {projections.isPending && <Skeleton rows={4} />}
        {projections.data !== undefined && (
          <PlainTable
            label="Projections"
            columns={columns}
            rows={projections.data}
            rowId={({ name }) => name}
          />
        )}
      </Panel>
      <Panel title="Set aside: runs whose events cannot be folded">
        {aside.isError && <ErrorState what="They could not be loaded" error={aside.error} />}
        {aside.data?.length === 0 && <Empty title="None: every event was understood" />}
        {aside.data !== undefined && aside.data.length > 0 && (
          <PlainTable label="Set aside" columns={asideColumns} rows={aside.data} rowId={({ run }) => run} />
        )}
      </Panel>
    </div>
  );
}

const columns: readonly PlainColumn<Projection>[] = [
  {
    id: "name",
    title: "Name",
    render: ({ name, version, about }) => (
      <span title={about}>
        <span className="font-medium">{name}</span> <span className="text-faint">v{version}</span>
      </span>
    ),
  },
  { id: "documents", title: "Documents", isNumber: true, render: ({ documents }) => toCount(documents) },
  { id: "bytes", title: "Size", isNumber: true, isWide: true, render: ({ bytes }) => toBytes(bytes) },
  {
    id: "lag",
    title: "Behind",
    isNumber: true,
    render: ({ lag }) => (
      <span className={lag.ms > 1_000 ? "text-state-scheduled" : ""}>
        {lag.entries === 0 ? "up to date" : `${toCount(lag.entries)} entries, ${toSpan(lag.ms)}`}
      </span>
    ),
  },
  { id: "aside", title: "Set aside", isNumber: true, isWide: true, render: ({ aside }) => toCount(aside) },
  { id: "built", title: "Built", isWide: true, render: ({ builtAt }) => <Time at={builtAt} /> },
  {
    id: "rebuild",
    title: <span className="sr-only">Rebuild</span>,
    isNumber: true,
    render: (row) => <Rebuild row={row} />,
  },
];

function Rebuild({ row: { name, rebuild } }: { readonly row: Projection }) {
  const api = useApi();
  const queries = useQueryClient();
  const tell = useToast();
  const start = useMutation({
    mutationFn: async () => api.ask("rebuild", { params: { name } }),
    onSuccess: ({ total }) =>
      tell({ text: `${name} is built anew from ${toCount(total)} runs, beside the one in use.` }),
    onError: ({ message }) => tell({ text: message, isProblem: true }),
    onSettled: async () => queries.invalidateQueries({ queryKey: ["projections"] }),
  });
  if (rebuild !== null)
    return (
      <span className="flex items-center justify-end gap-2">
        <progress
          aria-label={`Rebuild of ${name}`}
          className="h-2 w-24 accent-accent"
          max={Math.max(1, rebuild.total)}
          value={rebuild.runs}
        />
        {toCount(rebuild.runs)} of {toCount(rebuild.total)}
      </span>
    );
  return (
    <Button disabled={start.isPending} onClick={() => start.mutate()}>
      Rebuild<span className="sr-only"> {name}</span>
    </Button>
  );
}

const asideColumns: readonly PlainColumn<Aside>[] = [
  {
    id: "run",
    title: "Run",
    render: ({ run, position }) => (
      <Link
        to="/runs/$run"
        params={{ run }}
        className="inline-block py-0.5 font-mono text-xs hover:underline"
      >
        {run} #{position}
      </Link>
    ),
  },
  {
    id: "code",
    title: "Code",
    isWide: true,
    render: ({ code }) => <code className="font-mono text-xs">{code}</code>,
  },
  { id: "message", title: "Why", render: ({ message }) => <bdi>{toShortLine(message, 160)}</bdi> },
  { id: "at", title: "Since", isWide: true, render: ({ at }) => <Time at={at} /> },
  {
    id: "retry",
    title: <span className="sr-only">Try again</span>,
    isNumber: true,
    render: (row) => <TryAgain row={row} />,
  },
];

function TryAgain({ row: { run } }: { readonly row: Aside }) {
  const api = useApi();
  const queries = useQueryClient();
  const tell = useToast();
  const retry = useMutation({
    mutationFn: async () => api.ask("retryAside", { params: { id: run } }),
    onSuccess: ({ isFolded }) =>
      tell({ text: isFolded ? "It is folded now." : "It still cannot be folded." }),
    onError: ({ message }) => tell({ text: message, isProblem: true }),
    onSettled: async () => queries.invalidateQueries({ queryKey: ["aside"] }),
  });
  return (
    <Button icon="retry" disabled={retry.isPending} onClick={() => retry.mutate()}>
      Fold again<span className="sr-only"> {run}</span>
    </Button>
  );
}
