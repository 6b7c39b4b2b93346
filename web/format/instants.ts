/** How people read instants and spans. Pure: the time zone and the present moment are arguments. */

const two = (part: number): string => String(part).padStart(2, "0");

/** "14:03:22", or "14:03:22.041" with `isExact`. */
export function toClock(epochMs: number, isExact = false): string {
  const at = new Date(epochMs);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return isExact ? `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}` : clock;
}

/** "2026-04-30" of the reader's time zone. */
export function toDay(epochMs: number): string {
  const at = new Date(epochMs);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The whole instant, to the millisecond. */
export function toInstant(epochMs: number): string {
  return `${toDay(epochMs)} ${toClock(epochMs, true)}`;
}

/** Today only the clock, else the day with it: what a row of a list has room for. */
export function toShortInstant(epochMs: number, nowMs: number): string {
  const clock = toClock(epochMs);
  if (toDay(epochMs) === toDay(nowMs)) return clock;
  const day = toDay(epochMs);
  return `${day.slice(0, 4) === toDay(nowMs).slice(0, 4) ? day.slice(5) : day} ${clock.slice(0, 5)}`;
}

const steps = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** "just now", "12 s ago", "3 h ago", "in 5 min": one unit is enough to know whether it matters. */
export function toDistance(epochMs: number, nowMs: number): string {
  const away = Math.abs(nowMs - epochMs);
  const step = steps.find(([, size]) => away >= size);
  if (step === undefined) return "just now";
  const text = `${Math.floor(away / step[1])} ${step[0]}`;
  return epochMs > nowMs ? `in ${text}` : `${text} ago`;
}

/** A span with two units at most: "240 ms", "12.4 s", "2 min 14 s", "3 h 5 min", "2 d 4 h". */
export function toSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 999.5) return `${Math.round(span)} ms`;
  if (span < 59_950) return `${Number((span / 1_000).toFixed(1))} s`;
  const whole = Math.round(span / 1_000);
  const units = [
    [86_400, "d", 3_600, "h"],
    [3_600, "h", 60, "min"],
    [60, "min", 1, "s"],
  ] as const;
  const [big, bigName, small, smallName] = units.find(([size]) => whole >= size) ?? units[2];
  const rest = Math.floor((whole % big) / small);
  return `${Math.floor(whole / big)} ${bigName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

/** For `<input type="datetime-local">`: "2026-04-30T12:14:30" of the reader's time zone. */
export function toLocalInput(epochMs: number): string {
  return `${toDay(epochMs)}T${toClock(epochMs)}`;
}

/** What such an input says; null = nothing, or nonsense. */
export function fromLocalInput(text: string): number | null {
  const at = text === "" ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(at) ? null : at;
}
