import pc from "picocolors";
import { type Logger as PinoLogger, pino } from "pino";
import { toLine } from "./log-line.ts";

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

const formats: ReadonlySet<string> = new Set<LogFormat>(["pretty", "json", "silent"]);

function isFormat(text: string): text is LogFormat {
  return formats.has(text);
}

/** Format and level from MILLRACE_LOG_FORMAT and MILLRACE_LOG_LEVEL; colours on a terminal, unless NO_COLOR. */
export function loggerFromEnvironment(): Logger {
  const format = process.env["MILLRACE_LOG_FORMAT"] ?? "pretty";
  return createLogger({
    format: isFormat(format) ? format : "pretty",
    level: process.env["MILLRACE_LOG_LEVEL"] ?? "info",
    isColored: pc.isColorSupported && process.stderr.isTTY,
  });
}
