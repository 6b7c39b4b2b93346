import { EngineError } from "../base/errors.ts";

/**
 * The input of a run from `--input JSON` and `-p key=value`; the latter win. A value is JSON if it parses as JSON,
 * else text. Nothing given = undefined.
 * @throws EngineError OPTION_INVALID
 */
export function toInput(json: string | undefined, parameters: readonly string[]): unknown {
  const base = json === undefined ? undefined : parseInput(json);
  if (parameters.length === 0) return base;
  const given = parameters.map(toParameter);
  if (base !== undefined && (typeof base !== "object" || base === null || Array.isArray(base))) {
    throw new EngineError(
      "OPTION_INVALID",
      "-p needs an object to put its value into, and --input is not one.",
    );
  }
  return { ...base, ...Object.fromEntries(given) };
}

function parseInput(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      "OPTION_INVALID",
      `--input is not JSON: ${why}. For example: --input '{"ds":"2026-04-30"}'`,
    );
  }
}

function toParameter(text: string): readonly [string, unknown] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new EngineError(
      "OPTION_INVALID",
      `-p ${JSON.stringify(text)} is not of the form key=value, as in: -p ds=2026-04-30`,
    );
  }
  return [text.slice(0, at), toValue(text.slice(at + 1))];
}

/** A value that is JSON if it parses as JSON, else text. */
export function toValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text; // plain text needs no quotes
  }
}

/** For commander: collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/**
 * A port; 0 = any that is free.
 * @throws EngineError OPTION_INVALID
 */
export function toPort(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= 65_535) return value;
    throw new EngineError(
      "OPTION_INVALID",
      `${option} must be a port from 1 to 65535, or 0 for any that is free, and is ${JSON.stringify(text)}.`,
    );
  };
}

/** @throws EngineError OPTION_INVALID */
export function toCount(option: string, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new EngineError(
      "OPTION_INVALID",
      `${option} must be a whole number from 1 to ${most}, and is ${JSON.stringify(text)}.`,
    );
  };
}

/** For commander: a whole number of either sign. @throws EngineError OPTION_INVALID */
export function toWhole(option: string): (text: string) => number {
  return (text) => {
    if (/^-?\d{1,15}$/.test(text)) return Number(text);
    throw new EngineError(
      "OPTION_INVALID",
      `${option} must be a whole number, and is ${JSON.stringify(text)}.`,
    );
  };
}
