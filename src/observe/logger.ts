import pc from "picocolors";
import { type Logger as PinoLogger, pino } from "pino";
import { EngineError } from "../base/errors.ts";
import { toLine } from "./log-line.ts";
import { isLineLevel, type LineLevel } from "./run-line.ts";

/** What writes log lines: pino. */
export type Logger = PinoLogger;

export type LogFormat = "pretty" | "json" | "silent";

export interface LoggerOptions {
  readonly format: LogFormat;
  readonly level: string; // pino's: debug, info, warn, error
  readonly isColored: boolean;
}

/** The process's logger; lines go to stderr, so that stdout stays for results. */
export function createLogger({ format, level, isColored }: LoggerOptions): Logger {
  if (format === "silent") return pino({ level: "silent" });
  const base = { level, base: null };
  if (format === "json") return pino(base, pino.destination({ dest: 2, sync: true }));
  const colors = pc.createColors(isColored);
  return pino(base, {
    write: (json: string) => {
      process.stderr.write(`${toLine(json, colors)}\n`);
    },
  });
}

const levels: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const formats: ReadonlySet<string> = new Set<LogFormat>(["pretty", "json", "silent"]);

function isFormat(text: string): text is LogFormat {
  return formats.has(text);
}

/**
 * Format and level from MILLRACE_LOG_FORMAT and MILLRACE_LOG_LEVEL; colours on a terminal, unless NO_COLOR.
 * @throws EngineError OPTION_INVALID
 */
export function loggerFromEnvironment(): Logger {
  const format = process.env["MILLRACE_LOG_FORMAT"] ?? "pretty";
  const level = process.env["MILLRACE_LOG_LEVEL"] ?? "info";
  if (!isFormat(format)) throw invalid("MILLRACE_LOG_FORMAT", format, [...formats]);
  if (!levels.includes(level)) throw invalid("MILLRACE_LOG_LEVEL", level, levels);
  return createLogger({ format, level, isColored: pc.isColorSupported && process.stderr.isTTY });
}

/** From which level on the lines of runs are shown, and kept: MILLRACE_LOG_LEVEL; null = none. */
export function lineLevelFromEnvironment(): LineLevel | null {
  const level = process.env["MILLRACE_LOG_LEVEL"] ?? "info";
  if (isLineLevel(level)) return level;
  return level === "trace" ? "debug" : null;
}

function invalid(variable: string, given: string, allowed: readonly string[]): EngineError {
  const text = `${variable} must be one of ${allowed.join(", ")}, and is ${JSON.stringify(given)}.`;
  return new EngineError("OPTION_INVALID", text, { variable });
}
