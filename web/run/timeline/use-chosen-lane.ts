import { type KeyboardEvent, type RefObject, useState } from "react";
import { useRunSearch } from "../run-context.tsx";
import { scrollToRow } from "./rows.ts";
import { axisHeight, rowHeight } from "./timeline-size.ts";
import type { Timeline } from "./use-timeline.ts";

interface ChosenLane {
  readonly id: string | null; // null = none
  readonly open: (index: number) => void;
  readonly byKey: (event: KeyboardEvent) => void;
}

const steps: ReadonlyMap<string, number> = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
  ["PageDown", 20],
  ["PageUp", -20],
]);

/** The lane that keys act on; a lane of one call opens beside the timeline, a stack unfolds. */
export function useChosenLane(
  { lanes, toggle }: Timeline,
  scroller: RefObject<HTMLDivElement | null>,
): ChosenLane {
  const [{ call }, change] = useRunSearch();
  const [moved, setMoved] = useState<string | null>(null); // by keys, or a stack
  const id = moved ?? call ?? null;
  const choose = (index: number): void => {
    const row = Math.min(Math.max(0, index), lanes.length - 1);
    const lane = lanes[row];
    const area = scroller.current;
    if (lane === undefined || area === null) return;
    setMoved(lane.id);
    const view = { top: area.scrollTop, height: area.clientHeight - axisHeight, rowHeight };
    area.scrollTo({ top: scrollToRow(row, view) });
  };
  const open = (index: number): void => {
    const lane = lanes[index];
    if (lane === undefined) return;
    setMoved(lane.stack === "none" ? null : lane.id);
    if (lane.stack === "none") change({ call: lane.id });
    else toggle(lane.id);
  };
  const byKey = (event: KeyboardEvent): void => {
    const current = lanes.findIndex((lane) => lane.id === id);
    const step = steps.get(event.key);
    if (step !== undefined) choose(current < 0 ? 0 : current + step);
    else if (event.key === "Enter" && current >= 0) open(current);
    else return;
    event.preventDefault();
  };
  return { id, open, byKey };
}
