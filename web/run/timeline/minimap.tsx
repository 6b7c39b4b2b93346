import { memo, type PointerEvent, useLayoutEffect, useMemo, useRef } from "react";
import { useRun } from "../run-context.tsx";
import { callsOf } from "./calls.ts";
import { densityOf } from "./density.ts";
import { paintMinimap } from "./paint-minimap.ts";
import { brushFor, usePalette, useSize } from "./use-canvas.ts";
import type { Timeline } from "./use-timeline.ts";
import { clampWindow, wholeAxis } from "./window.ts";

/** The whole run in a strip; a click or a drag moves what is shown below. Decoration for who has no pointer: the fields beside it do the same. */
export const Minimap = memo(({ timeline }: { readonly timeline: Timeline }) => {
  const { head } = useRun();
  const { axis, window, end: at, setWindow } = timeline;
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(place);
  const palette = usePalette();
  const columns = Math.max(1, Math.floor(size.width / 2));
  const density = useMemo(
    () => densityOf(head, callsOf(head), { axis, window: wholeAxis, columns, at }),
    [head, axis, columns, at],
  );
  useLayoutEffect(() => {
    const brush = canvas.current === null ? null : brushFor(canvas.current, size);
    if (brush !== null && palette !== null) paintMinimap(brush, { density, window, ...size }, palette);
  }, [density, window, size, palette]);
  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons === 0) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const middle = (event.clientX - left) / width;
    const half = (window.end - window.start) / 2;
    if (half < 0.5) setWindow(clampWindow({ start: middle - half, end: middle + half }));
  };
  return (
    <div
      ref={place}
      aria-hidden
      onPointerDown={follow}
      onPointerMove={follow}
      className="h-7 min-w-32 flex-1 touch-none max-sm:min-w-full overflow-hidden rounded border border-line bg-sunken"
    >
      <canvas ref={canvas} style={{ width: size.width, height: size.height }} className="block" />
    </div>
  );
});
