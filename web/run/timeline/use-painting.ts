import { type RefObject, useLayoutEffect } from "react";
import { useMoment } from "../run-context.tsx";
import { paintAxis } from "./paint-axis.ts";
import { type Frame, paintRows } from "./paint-scene.ts";
import type { SceneRow } from "./scene.ts";
import { axisHeight, gutterOf, rowHeight } from "./timeline-size.ts";
import { brushFor, type Size, usePalette } from "./use-canvas.ts";
import type { Timeline } from "./use-timeline.ts";
import { placeIn } from "./window.ts";

interface Painting {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly timeline: Timeline;
  readonly scene: readonly SceneRow[];
  readonly size: Size;
  readonly offset: number; // px from the axis to the first row; 0 or less
  readonly selected: string | null; // id of the lane
}

/** Paints before the browser shows the frame that React has made. */
export function usePainting({ canvas, timeline, scene, size, offset, selected }: Painting): void {
  const moment = useMoment();
  const palette = usePalette();
  const { axis, window } = timeline;
  const at = moment.isPast ? moment.at : null;
  useLayoutEffect(() => {
    if (canvas.current === null || palette === null || size.width === 0) return;
    const brush = brushFor(canvas.current, size);
    if (brush === null) return;
    const now = at === null ? -1 : placeIn(window, axis.toUnit(at));
    const frame: Frame = {
      width: size.width,
      gutter: gutterOf(size.width),
      top: axisHeight,
      rowHeight,
      offset,
      selected,
      now: now >= 0 && now <= 1 ? now : null,
    };
    paintRows(brush, scene, frame, palette);
    brush.fillStyle = palette.surface; // rows that are scrolled out do not lie under the axis
    brush.fillRect(0, 0, size.width, axisHeight);
    paintAxis(brush, { axis, window, height: size.height }, frame, palette);
  }, [canvas, scene, palette, size, offset, selected, axis, window, at]);
}
