import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ComponentProps, lazy, Suspense, useCallback, useMemo, useState } from "react";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { toSpan } from "../format/instants.ts";
import { toCount, toShare, toShortCount } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Button } from "../ui/button.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";

const Chart = lazy(async () => import("../ui/chart.tsx").then(({ Chart }) => ({ default: Chart })));

const spans = [
  { hours: 24, label: "24 h" },
  { hours: 168, label: "7 d" },
  { hours: 720, label: "30 d" },
] as const;

/** How the runs of a flow went over time: ends, durations, and where the time goes. */
export function Trends({ flow }: { readonly flow: string }) {
  const [hours, setHours] = useState<number>(168);
  const trends = useQuery(asked(useApi(), "trends", { params: { flow }, query: { hours } }));
  if (trends.isError)
    return (
      <ErrorState
        what="The trends could not be loaded"
        error={trends.error}
        onRetry={() => void trends.refetch()}
      />
    );
  if (trends.data === undefined) return <Skeleton rows={8} label="Loading the trends" />;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex gap-1" role="group" aria-label="How far back">
        {spans.map((span) => (
          <Button
            key={span.hours}
            look={span.hours === hours ? "plain" : "quiet"}
            aria-pressed={span.hours === hours}
            onClick={() => setHours(span.hours)}
          >
            {span.label}
          </Button>
        ))}
      </div>
      <Charts flow={flow} trends={trends.data} />
      <Shares shares={trends.data.shares} />
    </div>
  );
}

interface ChartsProps {
  readonly flow: string;
  readonly trends: AnswerOf<"trends">;
}

function Charts({ flow, trends }: ChartsProps) {
  const { from, bucketMs, buckets } = trends;
  const navigate = useNavigate();
  const times = useMemo(
    () => buckets.map((_, index) => from + (index + 0.5) * bucketMs),
    [from, bucketMs, buckets],
  );
  const brush = useCallback(
    (fromMs: number, toMs: number) => {
      const created = `created>=${new Date(fromMs).toISOString()} created<${new Date(toMs).toISOString()}`;
      void navigate({ to: "/runs", search: { q: `flow:${JSON.stringify(flow)} ${created}` } });
    },
    [navigate, flow],
  );
  const hasRuns = buckets.some(({ completed, failed, cancelled }) => completed + failed + cancelled > 0);
  if (!hasRuns) return <Empty title="No run of this flow ended in this time" />;
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <EndsPanel trends={trends} times={times} onBrush={brush} />
      <DurationPanel trends={trends} times={times} onBrush={brush} />
    </div>
  );
}

interface PanelProps {
  readonly trends: AnswerOf<"trends">;
  readonly times: readonly number[];
  readonly onBrush: (fromMs: number, toMs: number) => void;
}

function EndsPanel({ trends: { buckets, bucketMs, exact }, times, onBrush }: PanelProps) {
  const series = useMemo(
    () =>
      (["failed", "cancelled", "completed"] as const).map((end) => ({
        label: end,
        color: end,
        values: buckets.map((bucket) => bucket[end]),
        isBar: true,
      })),
    [buckets],
  );
  const [failed = 0, cancelled = 0, completed = 0] = series.map(({ values }) =>
    values.reduce((sum, value) => sum + value, 0),
  );
  const share = toShare(failed, failed + cancelled + completed);
  const words = `${exact ? "" : "at least "}${toCount(completed)} completed, ${toCount(failed)} failed (${share}), ${toCount(cancelled)} cancelled`;
  return (
    <Panel
      title={`Runs, each ${toSpan(bucketMs)}`}
      aside={<span className="text-xs text-soft">{words}</span>}
    >
      <Plot label={words} times={times} series={series} format={toShortCount} onBrush={onBrush} />
    </Panel>
  );
}

function DurationPanel({ trends: { buckets }, times, onBrush }: PanelProps) {
  const series = useMemo(
    () => [
      { label: "p95", color: "accent" as const, values: buckets.map(({ p95Ms }) => p95Ms) },
      { label: "p50", color: "soft" as const, values: buckets.map(({ p50Ms }) => p50Ms) },
    ],
    [buckets],
  );
  const slowest = toSpan(Math.max(0, ...buckets.map(({ p95Ms }) => p95Ms ?? 0)));
  return (
    <Panel
      title="Duration"
      aside={<span className="text-xs text-soft">p95 (strong) and p50, at most {slowest}</span>}
    >
      <Plot
        label={`Durations: the 95th percentile is at most ${slowest}`}
        times={times}
        series={series}
        format={toSpan}
        onBrush={onBrush}
      />
    </Panel>
  );
}

function Plot(props: ComponentProps<typeof Chart>) {
  return (
    <div className="h-44 p-1">
      <Suspense fallback={null}>
        <Chart {...props} heightPx={168} />
      </Suspense>
    </div>
  );
}

/** Which task the time goes to. */
function Shares({ shares }: { readonly shares: AnswerOf<"trends">["shares"] }) {
  const whole = shares.reduce((sum, { totalMs }) => sum + totalMs, 0);
  if (whole === 0) return null;
  return (
    <Panel title="Where the time goes, since ever">
      <ul className="flex flex-col gap-1 p-3">
        {shares.slice(0, 20).map(({ task, totalMs }) => (
          <li key={task} className="grid grid-cols-[minmax(6rem,14rem)_1fr_5rem_5rem] items-center gap-2">
            <bdi className="truncate">{toPlainLine(task)}</bdi>
            <span aria-hidden className="h-2 rounded-full bg-sunken">
              <span
                className="block h-full rounded-full bg-accent"
                style={{ width: `${(totalMs / whole) * 100}%` }}
              />
            </span>
            <span className="text-right">{toShare(totalMs, whole)}</span>
            <span className="text-right text-soft">{toSpan(totalMs)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
