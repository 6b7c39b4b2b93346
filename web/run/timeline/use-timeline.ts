import { useMemo, useState } from "react";
import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { useNow } from "../../ui/clock.tsx";
import { useRun, useRunSearch } from "../run-context.tsx";
import { readZoom, writeZoom } from "../run-search.ts";
import { useAhead } from "../use-ahead.ts";
import { spanOf } from "./bars.ts";
import { callIn, callsOf } from "./calls.ts";
import { type Lane, lanesOf } from "./lanes.ts";
import { createTimeAxis, idleBetween, type Span, type TimeAxis } from "./time-axis.ts";
import { type AxisWindow, clampWindow, wholeAxis } from "./window.ts";

export interface Timeline {
  readonly lanes: readonly Lane[];
  readonly axis: TimeAxis;
  readonly window: AxisWindow;
  readonly at: number; // epoch ms; where open bars end
  readonly setWindow: (window: AxisWindow) => void;
  readonly toggle: (stack: string) => void;
}

/**
 * What the timeline shows. Lanes and axis are those of the newest state, whatever moment is looked at: a scrub changes
 * what is drawn, and moves nothing.
 */
export function useTimeline(): Timeline {
  const { head, moment } = useRun();
  const [search, change] = useRunSearch();
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const { group = "map", errors = false, attempt = null, idle = "hidden" } = search;
  const now = useNow();
  const end = head.summary.endedAt ?? Math.max(now, head.summary.updatedAt);
  const lanes = useMemo(
    () => lanesOf(head, { groupBy: group, errorsOnly: errors, attempt, expanded }),
    [head, group, errors, attempt, expanded],
  );
  const axis = useMemo(
    () => axisOf(head, { end, attempt, hideIdle: idle === "hidden" }),
    [head, end, attempt, idle],
  );
  const write = useMemo(() => (zoom: string) => change({ zoom: zoom === "" ? undefined : zoom }), [change]);
  const [zoom, setZoom] = useAhead(search.zoom ?? "", write);
  return {
    lanes,
    axis,
    window: useMemo(() => windowOf(axis, zoom), [axis, zoom]),
    at: moment.at ?? end,
    setWindow: (window) => {
      const isWhole = window.start <= 0 && window.end >= 1;
      const fromMs = axis.toTime(window.start) - axis.from;
      setZoom(isWhole ? "" : writeZoom({ fromMs, toMs: axis.toTime(window.end) - axis.from }));
    },
    toggle: (stack) => {
      const next = new Set(expanded);
      if (!next.delete(stack)) next.add(stack);
      setExpanded(next);
    },
  };
}

function windowOf(axis: TimeAxis, zoom: string): AxisWindow {
  const wanted = readZoom(zoom);
  if (wanted === null) return wholeAxis;
  const start = axis.toUnit(axis.from + wanted.fromMs);
  return clampWindow({ start, end: axis.toUnit(axis.from + wanted.toMs) });
}

interface Wanted {
  readonly end: number;
  readonly attempt: number | null;
  readonly hideIdle: boolean;
}

/** The whole run, or one attempt of its flow: who retries after a night does not want to look at the night. */
function axisOf(head: RunPicture, { end, attempt, hideIdle }: Wanted): TimeAxis {
  const chosen = attempt === null ? undefined : head.attempts.find((known) => known.attempt === attempt);
  const whole: Span =
    chosen === undefined
      ? { from: head.summary.createdAt, to: end }
      : { from: chosen.beganAt ?? chosen.askedAt, to: chosen.endedAt ?? end };
  return createTimeAxis(whole, hideIdle ? idleOf(head, whole, end) : []);
}

/** Where no task and no child was at work. What a flow only waits for is idle time. */
function idleOf(head: RunPicture, whole: Span, end: number): readonly Span[] {
  const busy = callsOf(head).flatMap((ref) => {
    const call = callIn(head, ref);
    if (call === null || (call.kind !== "task" && call.kind !== "child")) return [];
    const [from, to] = spanOf(head, call);
    return [{ from, to: to ?? end }];
  });
  const edges = [
    { from: whole.from, to: whole.from },
    { from: whole.to, to: whole.to },
  ];
  return idleBetween([...busy, ...edges]);
}
