import type { ReactNode } from "react";
import { joinNames } from "./join-names.ts";

interface PanelProps {
  readonly title: ReactNode;
  readonly aside?: ReactNode; // at the right of the title
  readonly className?: string;
  readonly children: ReactNode;
}

/** A part of a screen with a title. */
export function Panel({ title, aside, className, children }: PanelProps) {
  return (
    <section className={joinNames("min-w-0 rounded-lg border border-line bg-surface", className)}>
      <header className="flex min-h-9 items-center justify-between gap-3 border-b border-line px-3 py-1">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface FigureProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** A number and what it counts. */
export function Figure({ label, children }: FigureProps) {
  return (
    <div>
      <dt className="text-xs text-faint">{label}</dt>
      <dd className="text-lg font-semibold">{children}</dd>
    </div>
  );
}
