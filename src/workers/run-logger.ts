import type { LineLevel } from "../observe/run-line.ts";
import type { LogFunction, RunInfo, RunLogger } from "../sdk/context.ts";
import type { RunPorts } from "./run-ports.ts";

type Fields = Readonly<Record<string, unknown>>;

const noFields: Fields = {};

/** The face of a log for users. */
export function toRunLogger(write: (level: LineLevel, message: string, fields: Fields) => void): RunLogger {
  const line =
    (level: LineLevel): LogFunction =>
    (first: string | Fields, text?: string) => {
      if (typeof first === "string") write(level, first, noFields);
      else if (first instanceof Error) write(level, text ?? first.message, { err: first });
      else write(level, text ?? "", first);
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** The log of one attempt of a task. */
export function attemptLog(
  ports: Pick<RunPorts, "clock" | "write">,
  run: RunInfo,
  { key: task, attempt }: { readonly key: string; readonly attempt: number },
): RunLogger {
  return toRunLogger((level, message, fields) => {
    const time = ports.clock.now();
    ports.write(run, { time, level, task, attempt, after: null, message, fields });
  });
}
