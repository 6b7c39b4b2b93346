import {
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
} from "react";
import type { VisibleRows } from "./rows.ts";
import { axisHeight, rowHeight } from "./timeline-size.ts";
import type { Timeline } from "./use-timeline.ts";
import { panWindow, unitAt, zoomWindow } from "./window.ts";

interface Ground {
  readonly timeline: Timeline;
  readonly gutter: number; // px
  readonly rows: VisibleRows;
  readonly onLane: (index: number) => void;
}

interface Gestures {
  readonly events: {
    readonly onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => void;
    readonly onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => void;
    readonly onPointerUp: (event: PointerEvent<HTMLCanvasElement>) => void;
    readonly onPointerCancel: () => void;
  };
  readonly band: ReactNode; // what the brush has covered
}

const clickPx = 4;

/** Drag to zoom in, click to choose, Ctrl and the wheel or two fingers to zoom, Shift and the wheel to move. */
export function useGestures({ timeline, gutter, rows, onLane }: Ground): Gestures {
  const { window, setWindow } = timeline;
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const fingers = useRef(new Map<number, number>()); // by pointer: px from the left
  const placeOf = (event: { clientX: number; currentTarget: Element }): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.max(0, (event.clientX - left - gutter) / (width - gutter));
  };
  const events = {
    onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => {
      if (event.button !== 0) return;
      fingers.current.set(event.pointerId, event.clientX);
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrag({ from: placeOf(event), to: placeOf(event) });
    },
    onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => {
      const before = spread(fingers.current);
      if (!fingers.current.has(event.pointerId)) return;
      fingers.current.set(event.pointerId, event.clientX);
      const after = spread(fingers.current);
      if (before !== null && after !== null) {
        setDrag(null);
        setWindow(zoomWindow(window, before / after, placeOf(event)));
      } else setDrag((drag) => (drag === null ? null : { ...drag, to: placeOf(event) }));
    },
    onPointerUp: (event: PointerEvent<HTMLCanvasElement>) => {
      fingers.current.delete(event.pointerId);
      if (drag === null) return;
      setDrag(null);
      const box = event.currentTarget.getBoundingClientRect();
      const px = Math.abs(drag.to - drag.from) * (box.width - gutter);
      if (px > clickPx) {
        const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
        setWindow({ start: unitAt(window, low), end: unitAt(window, high) });
        return;
      }
      const row = Math.floor((event.clientY - box.top - axisHeight - rows.offset) / rowHeight);
      if (row >= 0 && rows.first + row < rows.end) onLane(rows.first + row);
    },
    onPointerCancel: () => {
      fingers.current.clear();
      setDrag(null);
    },
  };
  const isBrushing = drag !== null && Math.abs(drag.to - drag.from) > 0.004;
  return { events, band: isBrushing ? <Band drag={drag} gutter={gutter} /> : null };
}

/** px between two fingers; null = there are not two. */
function spread(fingers: ReadonlyMap<number, number>): number | null {
  const [one, other, ...more] = fingers.values();
  if (one === undefined || other === undefined || more.length > 0) return null;
  return Math.max(8, Math.abs(one - other));
}

function Band({ drag, gutter }: { readonly drag: { from: number; to: number }; readonly gutter: number }) {
  const [low, high] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
  const at = (place: number): string => `calc(${gutter}px + (100% - ${gutter}px) * ${place})`;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute inset-y-0 border-x border-accent bg-accent/15"
      style={{ left: at(low), right: `calc(100% - ${at(high)})` }}
    />
  );
}

/** The wheel over an element: React's own listener could not keep the page from zooming. */
export function useWheelZoom(
  element: RefObject<HTMLElement | null>,
  { window, setWindow }: Timeline,
  gutter: number,
): void {
  const onWheel = useEffectEvent((event: WheelEvent) => {
    const target = element.current;
    if (target === null || (!event.ctrlKey && !event.metaKey && !event.shiftKey)) return;
    event.preventDefault();
    const { left, width } = target.getBoundingClientRect();
    const place = Math.min(1, Math.max(0, (event.clientX - left - gutter) / (width - gutter)));
    const delta = event.deltaY === 0 ? event.deltaX : event.deltaY;
    if (event.shiftKey) setWindow(panWindow(window, delta / 600));
    else setWindow(zoomWindow(window, Math.exp(Math.max(-50, Math.min(50, delta)) / 120), place));
  });
  useEffect(() => {
    const target = element.current;
    if (target === null) return;
    const hear = (event: WheelEvent): void => onWheel(event);
    target.addEventListener("wheel", hear, { passive: false });
    return () => target.removeEventListener("wheel", hear);
  }, [element]);
}
