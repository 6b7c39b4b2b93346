import { useCallback, useMemo, useState } from "react";
import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { useNow } from "../../ui/clock.tsx";
import { useRun, useRunSearch } from "../run-context.tsx";
import { type RunSearch, readZoom, writeZoom } from "../run-search.ts";
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
  readonly end: number; // epoch ms; where open bars end, as of now
  readonly setWindow: (window: AxisWindow) => void;
  readonly toggle: (stack: string) => void;
}

/**
 * What the timeline shows. Lanes and axis are those of the newest state, whatever moment is looked at: a scrub changes
 * what is drawn, and moves nothing.
 */
export function useTimeline(): Timeline {
  const { head } = useRun();
  const [search, change] = useRunSearch();
  const { attempt = null, idle = "hidden" } = search;
  const { lanes, toggle } = useLanes(head, search);
  const now = useNow();
  const end = head.summary.endedAt ?? Math.max(now, head.summary.updatedAt);
  const reach = head.summary.endedAt ?? roomFor(end, head.summary.createdAt);
  const axis = useMemo(
    () => axisOf(head, { end: reach, attempt, hideIdle: idle === "hidden" }),
    [head, reach, attempt, idle],
  );
  const write = useMemo(() => (zoom: string) => change({ zoom: zoom === "" ? undefined : zoom }), [change]);
  const [zoom, setZoom] = useAhead(search.zoom ?? "", write);
  const window = useMemo(() => windowOf(axis, zoom), [axis, zoom]);
  const setWindow = useCallback(
    (next: AxisWindow) => {
      const isWhole = next.start <= 0 && next.end >= 1;
      const fromMs = axis.toTime(next.start) - axis.from;
      setZoom(isWhole ? "" : writeZoom({ fromMs, toMs: axis.toTime(next.end) - axis.from }));
    },
    [axis, setZoom],
  );
  return useMemo(
    () => ({ lanes, axis, window, end, setWindow, toggle }),
    [lanes, axis, window, end, setWindow, toggle],
  );
}

/** How far the axis of an open run reaches: a little beyond now, so that it is not another one every second. */
function roomFor(end: number, from: number): number {
  const step = 2 ** Math.floor(Math.log2(Math.max(1, (end - from) / 32)));
  return from + Math.ceil((end - from) / step) * step;
}

/** The lanes, and which stacks are open. They are the same ones until the flow calls something. */
function useLanes(head: RunPicture, search: RunSearch): Pick<Timeline, "lanes" | "toggle"> {
  const { group = "map", errors = false, attempt = null } = search;
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const { tasks, timers, waits, children, turns } = head;
  const calls = tasks.size + timers.size + waits.size + children.size;
  const byState = group === "worker" || errors ? head : null; // else only the calls count
  const lanes = useMemo(
    () => lanesOf(head, { groupBy: group, errorsOnly: errors, attempt, expanded }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a picture is read no further than these tell
    [byState, calls, attempt === null ? 0 : turns.length, group, errors, attempt, expanded],
  );
  const toggle = useCallback((stack: string) => {
    setExpanded((before) => {
      const next = new Set(before);
      if (!next.delete(stack)) next.add(stack);
      return next;
    });
  }, []);
  return { lanes, toggle };
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
