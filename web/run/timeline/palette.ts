import { colorOf, type Mark } from "../../format/states.ts";
import type { CallMark } from "./call-state.ts";

/** The colours of a canvas, as the page's theme has them now. */
export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly line: string;
  readonly surface: string;
  readonly selected: string; // the ground of the selected row
  readonly accent: string;
  readonly past: string; // where the scrubber stands
  readonly marks: Readonly<Record<CallMark, string>>;
}

/** The sign that a call has in lists. */
export const signs: Readonly<Record<CallMark, Mark>> = {
  pending: "pending",
  running: "running",
  waiting: "waiting",
  retrying: "scheduled",
  completed: "completed",
  cached: "cached",
  failed: "failed",
  timedout: "timedout",
  crashed: "crashed",
  cancelled: "cancelled",
  undone: "cancelled",
  abandoned: "skipped",
};

/** Reads them by the names of the tokens. */
export function readPalette(colorNamed: (token: string) => string): Palette {
  const markColor = (mark: CallMark): string => colorNamed(colorOf(signs[mark]).slice("var(".length, -1));
  return {
    ink: colorNamed("--ink"),
    soft: colorNamed("--ink-soft"),
    faint: colorNamed("--ink-faint"),
    line: colorNamed("--line"),
    surface: colorNamed("--surface"),
    selected: colorNamed("--accent-wash"),
    accent: colorNamed("--accent"),
    past: colorNamed("--state-scheduled"),
    marks: {
      pending: markColor("pending"),
      running: markColor("running"),
      waiting: markColor("waiting"),
      retrying: markColor("retrying"),
      completed: markColor("completed"),
      cached: markColor("cached"),
      failed: markColor("failed"),
      timedout: markColor("timedout"),
      crashed: markColor("crashed"),
      cancelled: markColor("cancelled"),
      undone: markColor("undone"),
      abandoned: markColor("abandoned"),
    },
  };
}
