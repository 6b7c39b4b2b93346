import { formatMs } from "../base/durations.ts";
import type { RunState } from "../workers/run-state.ts";
import type { Colors } from "./print.ts";

/** A time for people, in their time zone: "2026-04-30 12:14:30". */
export function toLocalTime(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function toLocalTimeMs(epochMs: number): string {
  return `${toLocalTime(epochMs)}.${String(epochMs % 1_000).padStart(3, "0")}`;
}

/** ISO for programs; null stays. */
export function toIso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

/** How long something took, or takes until now; "" = it has not begun. */
export function toSpan(fromMs: number | null, toMs: number | null, nowMs: number): string {
  return fromMs === null ? "" : formatMs(Math.max(0, (toMs ?? nowMs) - fromMs));
}

/** For people: "812 B", "1.4 KiB", "38 MiB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1_024 && unit < units.length - 1; unit += 1) size /= 1_024;
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit] ?? ""}`;
}

const good: ReadonlySet<string> = new Set(["Completed", "Cached", "Reused"]);
const bad: ReadonlySet<string> = new Set(["Failed", "Crashed", "TimedOut", "Blocked"]);

export function paintState(state: string, colors: Colors): (text: string) => string {
  if (good.has(state)) return colors.green;
  if (bad.has(state)) return colors.red;
  return state === "Running" ? colors.cyan : colors.yellow;
}

/** As `paintState`; a state with a name of its own is painted by its type. */
export function paintRunState({ type, name }: RunState, colors: Colors): (text: string) => string {
  if (type === "COMPLETED") return colors.green;
  return type === "FAILED" || type === "CRASHED" ? colors.red : paintState(name, colors);
}

/** At most `width` characters on one line. */
export function shorten(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}

/** Two texts, each on one line of at most `width` characters, cut so that the first difference is to be seen. */
export function shortenAround(texts: readonly [string, string], width: number): readonly [string, string] {
  const [one, other] = texts;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const start = same <= width / 2 ? 0 : same - Math.floor(width / 4);
  const cut = (text: string): string =>
    shorten(start === 0 || text.length <= width ? text : `…${text.slice(start)}`, width);
  return [cut(one), cut(other)];
}
