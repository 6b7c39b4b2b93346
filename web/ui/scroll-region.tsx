import type { ReactNode, Ref } from "react";
import { joinNames } from "./join-names.ts";

interface ScrollRegionProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLDivElement>;
  readonly onScroll?: (region: HTMLDivElement) => void;
}

/** A part of a screen that scrolls by itself: keys reach it, and it has a name. */
export function ScrollRegion({ label, className, children, ref, onScroll }: ScrollRegionProps) {
  return (
    <div
      ref={ref}
      role="region"
      aria-label={label}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
      tabIndex={0}
      onScroll={onScroll === undefined ? undefined : ({ currentTarget }) => onScroll(currentTarget)}
      className={joinNames("overflow-auto", className)}
    >
      {children}
    </div>
  );
}
