import type { ReactNode } from "react";
import { colorOf, type Mark, markOf, toWords } from "../format/states.ts";
import { joinNames } from "./join-names.ts";

/** The shapes on a 16 × 16 grid, in the colour of the text around them. No two states share one. */
const shapes: Readonly<Record<Mark, ReactNode>> = {
  scheduled: (
    <>
      <circle cx="8" cy="8" r="6.25" fill="none" />
      <path d="M8 4.5V8l2.6 1.8" fill="none" />
    </>
  ),
  pending: <circle cx="8" cy="8" r="5.75" fill="none" strokeDasharray="2.2 2.3" />,
  running: (
    <g className="mark-turns">
      <circle cx="8" cy="8" r="6" fill="none" opacity="0.35" />
      <path d="M8 2a6 6 0 0 1 6 6" fill="none" strokeWidth="2.4" strokeLinecap="round" />
    </g>
  ),
  waiting: (
    <>
      <circle cx="8" cy="8" r="6.25" fill="none" />
      <path d="M6.4 5.6v4.8M9.6 5.6v4.8" />
    </>
  ),
  paused: <path d="M4 3h2.8v10H4zM9.2 3H12v10H9.2z" fill="currentColor" stroke="none" />,
  blocked: (
    <>
      <path d="M8 1.5 14.5 8 8 14.5 1.5 8z" fill="none" strokeLinejoin="round" />
      <path d="M8 5v3.4M8 10.6v.2" strokeLinecap="round" />
    </>
  ),
  completed: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" />
      <path d="m4.9 8.2 2.1 2.1 4.1-4.4" fill="none" stroke="var(--surface)" strokeWidth="1.8" />
    </>
  ),
  failed: (
    <>
      <path d="M5 1.2h6L14.8 5v6L11 14.8H5L1.2 11V5z" fill="currentColor" stroke="none" />
      <path d="m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8" stroke="var(--surface)" strokeWidth="1.8" />
    </>
  ),
  timedout: <path d="M3.5 1.8h9L8 8l4.5 6.2h-9L8 8z" fill="currentColor" strokeLinejoin="round" />,
  crashed: <path d="M9.2.8 2.8 9h4.4l-.8 6.2L13 6.8H8.4z" fill="currentColor" stroke="none" />,
  cancelled: (
    <>
      <circle cx="8" cy="8" r="6.25" fill="none" />
      <path d="m3.8 12.2 8.4-8.4" />
    </>
  ),
  cached: (
    <>
      <path d="M13.6 8a5.6 5.6 0 1 1-1.7-4" fill="none" />
      <path d="M12.6 1.2v3.2H9.4" fill="none" />
    </>
  ),
  skipped: <path d="M2 11c1-6 8.5-6 11-1.5M13.5 5.5V10H9" fill="none" />,
};

interface MarkProps {
  readonly state: string;
  readonly name?: string;
  readonly size?: number; // pixels
}

/** A state as a sign; beside a word it says nothing to a screen reader, alone it says the state's name. */
export function StateMark({
  state,
  name = state,
  size = 14,
  isAlone = false,
}: MarkProps & { isAlone?: boolean }) {
  const mark = markOf(state, name);
  const spoken = isAlone ? { role: "img", "aria-label": toWords(name) } : { "aria-hidden": true };
  return (
    <svg
      {...spoken}
      className="mark inline-block shrink-0"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      stroke="currentColor"
      strokeWidth="1.5"
      style={{ color: colorOf(mark) }}
    >
      {shapes[mark]}
    </svg>
  );
}

/** Sign and word. */
export function StateBadge({ state, name = state, className }: MarkProps & { className?: string }) {
  return (
    <span className={joinNames("inline-flex items-center gap-1.5 align-middle whitespace-nowrap", className)}>
      <StateMark state={state} name={name} />
      <span style={{ color: colorOf(markOf(state, name)) }} className="mark font-medium">
        {toWords(name)}
      </span>
    </span>
  );
}
