import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type PointerEvent, useId, useState } from "react";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { fromLocalInput, toInstant, toLocalInput, toShortInstant } from "../format/instants.ts";
import { toCount, toCounted } from "../format/numbers.ts";
import { colorOf, markOf, stateOrder, toWords } from "../format/states.ts";
import { Button } from "../ui/button.tsx";
import { useNow } from "../ui/clock.tsx";
import { TextInput } from "../ui/field.tsx";
import { spanBetween, spanOf, withSpan } from "./time-span.ts";

type Histogram = AnswerOf<"histogram">;

interface HistogramBarProps {
  readonly q: string;
  readonly onQuery: (q: string) => void;
}

/** When the runs that match were created; every one of them is counted. Drag over it, or fill in two times. */
export function HistogramBar({ q, onQuery }: HistogramBarProps) {
  const histogram = useQuery({
    ...asked(useApi(), "histogram", { query: { q, buckets: 60 } }),
    placeholderData: keepPreviousData,
  });
  const { data } = histogram;
  return (
    <section aria-label="When runs were created" className="flex flex-col gap-1 px-3 pt-2 pb-1">
      <div className="h-14">
        {data !== undefined && <Bars histogram={data} onSpan={(span) => onQuery(withSpan(q, span))} />}
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-soft">
        {data !== undefined && <Totals histogram={data} />}
        <SpanInputs q={q} onQuery={onQuery} />
      </div>
    </section>
  );
}

function Totals({ histogram: { series, total } }: { readonly histogram: Histogram }) {
  return (
    <p className="flex min-w-0 flex-1 flex-wrap gap-x-3">
      <strong className="font-semibold text-ink">
        {total.exact ? "" : "at least "}
        {toCounted(total.count, "run")}
      </strong>
      {sorted(series).map(({ state, counts }) => (
        <span key={state} style={{ color: colorOf(markOf(state)) }} className="mark">
          {toCount(counts.reduce((sum, count) => sum + count, 0))} {toWords(state)}
        </span>
      ))}
    </p>
  );
}

function sorted(series: Histogram["series"]): Histogram["series"] {
  const order: readonly string[] = stateOrder;
  return series.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
}

interface BarsProps {
  readonly histogram: Histogram;
  readonly onSpan: (span: { from: number; to: number }) => void;
}

interface Drag {
  readonly start: number; // parts of the width
  readonly end: number;
}

const height = 100; // of the drawing; its width is one for each bucket
const axis = 2;

function Bars({ histogram, onSpan }: BarsProps) {
  const { from, to, bucketMs, series, total } = histogram;
  const [drag, setDrag] = useState<Drag | null>(null);
  const buckets = series[0]?.counts.length ?? 0;
  if (buckets === 0) return <p className="pt-4 text-center text-faint">No run to count.</p>;
  const partOf = (event: PointerEvent<SVGSVGElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  };
  const span = drag === null ? null : spanBetween({ from, bucketMs, buckets }, drag.start, drag.end);
  return (
    <svg
      role="img"
      aria-label={`${toCounted(total.count, "run")} created from ${toInstant(from)} to ${toInstant(to)}. The two times below filter without a pointer.`}
      viewBox={`0 0 ${buckets} ${height + axis}`}
      preserveAspectRatio="none"
      className="h-full w-full cursor-crosshair touch-none select-none"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ start: partOf(event), end: partOf(event) });
      }}
      onPointerMove={(event) => {
        if (drag !== null) setDrag({ ...drag, end: partOf(event) });
      }}
      onPointerUp={() => {
        if (span !== null) onSpan(span);
        setDrag(null);
      }}
      onPointerCancel={() => setDrag(null)}
    >
      <rect x="0" y={height} width={buckets} height={axis} fill="var(--line)" />
      {stack(sorted(series)).map(({ state, path }) => (
        <path key={state} d={path} fill={colorOf(markOf(state))} />
      ))}
      {span !== null && (
        <rect
          x={(span.from - from) / bucketMs}
          y="0"
          width={(span.to - span.from) / bucketMs}
          height={height}
          fill="var(--accent)"
          opacity="0.25"
        />
      )}
    </svg>
  );
}

/** One path for each state, the first one at the bottom. A bucket with one run among thousands is still to be seen. */
function stack(series: Histogram["series"]): readonly { state: string; path: string }[] {
  const buckets = series[0]?.counts.length ?? 0;
  const sums = Array.from({ length: buckets }, (_, bucket) =>
    series.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0),
  );
  const most = Math.max(1, ...sums);
  const tops = Array.from({ length: buckets }, () => height);
  return series.map(({ state, counts }) => {
    const bars = counts.map((count, bucket) => {
      if (count === 0) return "";
      const bottom = tops[bucket] ?? height;
      const top = Math.max(0, bottom - Math.max(2, (count / most) * height));
      tops[bucket] = top;
      return `M${bucket + 0.08} ${bottom}V${top}h0.84V${bottom}z`;
    });
    return { state, path: bars.join("") };
  });
}

function SpanInputs({ q, onQuery }: HistogramBarProps) {
  const id = useId();
  const now = useNow();
  const { from, to } = spanOf(q, now);
  const change = (bounds: { from?: number | null; to?: number | null }): void => {
    const next = { from, to, ...bounds };
    onQuery(
      withSpan(q, {
        ...(next.from === null ? {} : { from: next.from }),
        ...(next.to === null ? {} : { to: next.to }),
      }),
    );
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <label htmlFor={`${id}-from`}>created from</label>
      <TextInput
        id={`${id}-from`}
        type="datetime-local"
        step="1"
        className="h-6 text-xs"
        value={from === null ? "" : toLocalInput(from)}
        onChange={({ target }) => change({ from: fromLocalInput(target.value) })}
      />
      <label htmlFor={`${id}-to`}>to</label>
      <TextInput
        id={`${id}-to`}
        type="datetime-local"
        step="1"
        className="h-6 text-xs"
        value={to === null ? "" : toLocalInput(to)}
        onChange={({ target }) => change({ to: fromLocalInput(target.value) })}
      />
      {(from !== null || to !== null) && (
        <Button look="quiet" className="h-6 text-xs" onClick={() => onQuery(withSpan(q, null))}>
          any time
        </Button>
      )}
      {from !== null && to === null && <span className="text-faint">since {toShortInstant(from, now)}</span>}
    </div>
  );
}
