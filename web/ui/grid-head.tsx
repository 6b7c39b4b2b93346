import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { joinNames } from "./join-names.ts";

interface HeadColumn {
  readonly id: string;
  readonly title: ReactNode;
  readonly isNumber?: boolean;
}

/** Gives a column another width; null = the usual one. */
export type Widen = (id: string, px: number | null) => void;

interface GridHeadProps {
  readonly columns: readonly HeadColumn[];
  readonly tracks: string;
  readonly onWiden: Widen | undefined; // undefined = widths are as they are
}

export function GridHead({ columns, tracks, onWiden }: GridHeadProps) {
  return (
    <div
      role="row"
      aria-rowindex={1}
      style={{ gridTemplateColumns: tracks }}
      className="sticky top-0 z-10 grid min-w-full items-center border-b border-line bg-surface text-xs text-faint"
    >
      {columns.map(({ id, title, isNumber }) => (
        <span
          key={id}
          role="columnheader"
          className={joinNames("relative truncate px-2 py-1.5", isNumber && "text-right")}
        >
          {title}
          {onWiden !== undefined && typeof title === "string" && (
            <Edge title={title} onWiden={(px) => onWiden(id, px)} />
          )}
        </span>
      ))}
    </div>
  );
}

interface EdgeProps {
  readonly title: string; // of the column
  readonly onWiden: (px: number | null) => void;
}

const stepPx = 16;

/** The right edge of a column: it is dragged, or moved by arrow keys; a double click, or Delete, gives the usual width. */
function Edge({ title, onWiden }: EdgeProps) {
  const held = useRef<number | null>(null); // px from the left of the screen to the left of the column
  const follow = ({ clientX, currentTarget, pointerId, type }: PointerEvent): void => {
    if (type === "pointerdown") {
      currentTarget.setPointerCapture(pointerId);
      held.current = currentTarget.parentElement?.getBoundingClientRect().left ?? null;
    } else if (held.current !== null) onWiden(clientX - held.current);
  };
  const byKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? stepPx : event.key === "ArrowLeft" ? -stepPx : 0;
    const px = event.currentTarget.parentElement?.clientWidth ?? 0;
    if (step !== 0) onWiden(px + step);
    else if (event.key === "Delete") onWiden(null);
    else return;
    event.preventDefault();
    event.stopPropagation(); // they move the cursor of the grid elsewhere
  };
  return (
    <button
      type="button"
      aria-label={`Width of ${title}; arrow keys change it`}
      onPointerDown={follow}
      onPointerMove={follow}
      onPointerUp={() => {
        held.current = null;
      }}
      onDoubleClick={() => onWiden(null)}
      onKeyDown={byKey}
      className="absolute inset-y-0 right-0 w-6 translate-x-2 cursor-col-resize touch-none hover:bg-accent-wash focus-visible:bg-accent-wash"
    />
  );
}
