import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { toSpan } from "../format/instants.ts";
import { toCount, toShortCount } from "../format/numbers.ts";
import { colorOf, markOf, stateOrder, toWords } from "../format/states.ts";
import { Panel } from "../ui/panel.tsx";

const Chart = lazy(async () => import("../ui/chart.tsx").then(({ Chart }) => ({ default: Chart })));

/** How runs ended, over time. To drag over a span is to see its runs. */
export function EndsChart({ home }: { readonly home: AnswerOf<"home"> }) {
  const { from, ends } = home;
  const navigate = useNavigate();
  const times = useMemo(
    () => (ends.series[0]?.counts ?? []).map((_, index) => from + (index + 0.5) * ends.bucketMs),
    [from, ends],
  );
  const series = useMemo(
    () =>
      inOrder(ends.series).map(({ state, counts }) => ({
        label: toWords(state),
        color: markOf(state),
        values: counts,
        isBar: true,
      })),
    [ends],
  );
  const brush = useCallback(
    (fromMs: number, toMs: number) => {
      const q = `ended>=${new Date(fromMs).toISOString()} ended<${new Date(toMs).toISOString()}`;
      void navigate({ to: "/runs", search: { q } });
    },
    [navigate],
  );
  const totals = ends.series.map(({ state, counts }) => ({
    state,
    count: counts.reduce((sum, count) => sum + count, 0),
  }));
  return (
    <Panel
      title={`Ended, each ${toSpan(ends.bucketMs)}`}
      aside={
        <p className="flex flex-wrap gap-x-3 text-xs">
          {ends.exact ? "" : "at least "}
          {totals.map(({ state, count }) => (
            <span key={state} className="mark" style={{ color: colorOf(markOf(state)) }}>
              {toCount(count)} {toWords(state)}
            </span>
          ))}
        </p>
      }
    >
      <div className="h-40 p-1">
        {times.length === 0 ? (
          <p className="p-6 text-center text-faint">No run has ended in this time.</p>
        ) : (
          <Suspense fallback={null}>
            <Chart
              label={`How runs ended: ${totals.map(({ state, count }) => `${count} ${toWords(state)}`).join(", ")}`}
              times={times}
              series={series}
              format={toShortCount}
              onBrush={brush}
            />
          </Suspense>
        )}
      </div>
    </Panel>
  );
}

/** What failed stands on the ground, where it can be compared. */
function inOrder<Series extends { readonly state: string }>(series: readonly Series[]): readonly Series[] {
  const order: readonly string[] = stateOrder;
  return series.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
}
