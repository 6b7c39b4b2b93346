import { EngineError } from "./errors.ts";

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

type Unit = keyof typeof unitsMs;

/** A span of time: a number of milliseconds, or a number with a unit, as in `"30s"`, `"1.5h"`, `"2d"`. */
export type Duration = number | `${number}${Unit}`;

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;

function isUnit(text: string | undefined): text is Unit {
  return text !== undefined && text in unitsMs;
}

/** @returns whole milliseconds. @throws EngineError OPTION_INVALID for anything but a finite span >= 0 */
export function toMs(duration: Duration): number {
  if (typeof duration === "number") {
    if (Number.isFinite(duration) && duration >= 0) return Math.round(duration);
  } else {
    const [, amount, unit] = pattern.exec(duration.trim()) ?? [];
    if (isUnit(unit)) return Math.round(Number(amount) * unitsMs[unit]);
  }
  throw new EngineError(
    "OPTION_INVALID",
    `${JSON.stringify(duration)} is not a duration. Write milliseconds as a number >= 0, ` +
      `or a number with one unit of ms, s, m, h, d, w: 500, "30s", "1.5h".`,
    { duration: String(duration) },
  );
}

/** For people: `"250 ms"`, `"5 s"`, `"2 min 5 s"`, `"3 h 20 min"`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  const [big, small, bigName, smallName] =
    ms < unitsMs.h
      ? [unitsMs.m, unitsMs.s, "min", "s"]
      : ms < unitsMs.d
        ? [unitsMs.h, unitsMs.m, "h", "min"]
        : [unitsMs.d, unitsMs.h, "d", "h"];
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}
