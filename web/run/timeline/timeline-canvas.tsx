import { useMemo, useRef, useState } from "react";
import { useMoment, useRun } from "../run-context.tsx";
import { describeRow, describeTimeline } from "./describe-row.ts";
import { visibleRows } from "./rows.ts";
import { StackCounts, sceneOf } from "./scene.ts";
import { axisHeight, gutterOf, pxPerColumn, rowHeight } from "./timeline-size.ts";
import { useSize } from "./use-canvas.ts";
import { useChosenLane } from "./use-chosen-lane.ts";
import { useGestures, useWheelZoom } from "./use-gestures.tsx";
import { usePainting } from "./use-painting.ts";
import type { Timeline } from "./use-timeline.ts";

/** The lanes, drawn: only the rows in sight. The table of tasks says the same to those who cannot see it. */
export function TimelineCanvas({ timeline }: { readonly timeline: Timeline }) {
  const { head } = useRun();
  const moment = useMoment();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(scroller);
  const [top, setTop] = useState(0);
  const { lanes, axis, window } = timeline;
  const at = moment.at ?? timeline.end;
  const gutter = gutterOf(size.width);
  const chosen = useChosenLane(timeline, scroller);
  const rows = visibleRows(lanes.length, { top, height: size.height - axisHeight, rowHeight });
  const columns = Math.max(1, Math.floor((size.width - gutter) / pxPerColumn));
  const { first, end, offset } = rows;
  const counts = useMemo(() => new StackCounts({ axis, window, columns }), [axis, window, columns]);
  const scene = useMemo(
    () =>
      sceneOf({ picture: moment.picture, lanes: lanes.slice(first, end), axis, window, columns, at }, counts),
    [moment.picture, lanes, first, end, axis, window, columns, at, counts],
  );
  const chosenLane = useMemo(() => lanes.find(({ id }) => id === chosen.id) ?? null, [lanes, chosen.id]);
  usePainting({ canvas, timeline, scene, size, offset, selected: chosen.id });
  useWheelZoom(scroller, timeline, gutter);
  const gestures = useGestures({ timeline, gutter, rows, onLane: chosen.open });
  const label = useMemo(() => describeTimeline(lanes, head), [lanes, head]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- its keys choose a lane, and say which
    <div
      ref={scroller}
      role="group"
      aria-label="Timeline; arrow keys choose a lane, Enter opens it"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
      tabIndex={0}
      data-painted-rows={scene.length}
      data-looked-calls={scene.reduce((sum, { looked }) => sum + looked, 0)}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
      onKeyDown={chosen.byKey}
      className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto bg-surface"
    >
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        style={{ width: size.width, height: size.height }}
        className="sticky top-0 block touch-pan-y"
        {...gestures.events}
      />
      <div aria-hidden style={{ height: Math.max(0, lanes.length * rowHeight + axisHeight - size.height) }} />
      {gestures.band}
      <p aria-live="polite" className="sr-only">
        {describeRow(chosenLane, moment.picture, at)}
      </p>
    </div>
  );
}
