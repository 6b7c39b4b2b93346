import { toMs } from "../base/durations.ts";
import { EngineError, isEngineError } from "../base/errors.ts";

const isoForm = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * For commander: an instant as epoch ms, from ISO text (local time unless it names a zone), or from how long ago: "2h".
 * @throws EngineError OPTION_INVALID
 */
export function toInstant(option: string, nowMs: number): (text: string) => number {
  return (text) => {
    const at = isoForm.test(text) ? Date.parse(isDay(text) ? `${text}T00:00` : text) : ago(text, nowMs);
    if (!Number.isNaN(at)) return at;
    throw new EngineError(
      "OPTION_INVALID",
      `${option} must be how long ago, as in 90m, 2h or 7d, or a time, as in 2026-04-30 or 2026-04-30T12:00:00Z, ` +
        `and is ${JSON.stringify(text)}.`,
    );
  };
}

/** For commander: a moment as epoch ms, from ISO text (local time unless it names a zone). @throws EngineError OPTION_INVALID */
export function toMoment(option: string): (text: string) => number {
  return (text) => {
    const at = isoForm.test(text) ? Date.parse(isDay(text) ? `${text}T00:00` : text) : Number.NaN;
    if (!Number.isNaN(at)) return at;
    throw new EngineError(
      "OPTION_INVALID",
      `${option} must be a time, as in 2026-04-30 or 2026-04-30T12:00:00Z, and is ${JSON.stringify(text)}.`,
    );
  };
}

/** For commander: a duration in ms. @throws EngineError OPTION_INVALID */
export function toSpanMs(option: string): (text: string) => number {
  return (text) => {
    const ms = -ago(text, 0);
    if (!Number.isNaN(ms)) return ms;
    throw new EngineError(
      "OPTION_INVALID",
      `${option} must be a duration, as in 30s, 5m, 2h or 1d, and is ${JSON.stringify(text)}.`,
    );
  };
}

function isDay(text: string): boolean {
  return text.length === "2026-04-30".length;
}

/** NaN = not a duration. */
function ago(text: string, nowMs: number): number {
  try {
    // A text is judged by the function itself; its type is for those who write it in code.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
    return nowMs - toMs(text as `${number}ms`);
  } catch (error) {
    if (isEngineError(error, "OPTION_INVALID")) return Number.NaN;
    throw error;
  }
}
