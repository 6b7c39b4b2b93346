/** What a state looks like: one of the marks that the UI can draw. Shape and colour say the same. */
export type Mark =
  | "scheduled"
  | "pending"
  | "running"
  | "waiting"
  | "paused"
  | "blocked"
  | "completed"
  | "failed"
  | "timedout"
  | "crashed"
  | "cancelled"
  | "cached"
  | "skipped";

const byName: Readonly<Record<string, Mark>> = {
  timedout: "timedout",
  cached: "cached",
  blocked: "blocked",
  skipped: "skipped",
  waiting: "waiting",
  suspended: "paused",
  retrying: "scheduled",
  awaitingretry: "scheduled",
};

const byType: Readonly<Record<string, Mark>> = {
  scheduled: "scheduled",
  pending: "pending",
  running: "running",
  paused: "paused",
  cancelling: "cancelled",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  crashed: "crashed",
};

/** The mark of a state by its name (`Cached`), else by its type (`COMPLETED`); states of users' own have their type's. */
export function markOf(state: string, name: string = state): Mark {
  return byName[name.toLowerCase()] ?? byType[state.toLowerCase()] ?? "pending";
}

/** The CSS variable with a mark's colour. */
export function colorOf(mark: Mark): string {
  return `var(--state-${mark === "blocked" ? "crashed" : mark})`;
}

/** Stands for a mark where only text can be: the page's title, a tooltip. */
export const glyphs: Readonly<Record<Mark, string>> = {
  scheduled: "◷",
  pending: "○",
  running: "◐",
  waiting: "⏸",
  paused: "▮▮",
  blocked: "◈",
  completed: "✓",
  failed: "✕",
  timedout: "⧖",
  crashed: "↯",
  cancelled: "⊘",
  cached: "↺",
  skipped: "⤼",
};

/** The order in which states are stacked and listed: what needs a person first. */
export const stateOrder = [
  "FAILED",
  "CRASHED",
  "PAUSED",
  "CANCELLING",
  "RUNNING",
  "SCHEDULED",
  "PENDING",
  "CANCELLED",
  "COMPLETED",
] as const;

/** "TimedOut" and "AWAITING_RETRY" as people read them: "timed out", "awaiting retry". */
export function toWords(name: string): string {
  const spaced = name.replaceAll("_", " ").replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  return spaced.toLowerCase();
}
