import { isEngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import type { Logger } from "../observe/logger.ts";
import { narrate } from "../projections/narrate.ts";
import type { LogFunction, RunInfo, RunLogger } from "../sdk/context.ts";
import type { Display } from "./host.ts";
import { taskRunName } from "./open-work.ts";

/** Shows runs on a logger: what happens to them, and what their code says. */
export function displayOn(logger: Logger): Display {
  const loggerOf = (run: RunInfo, task: string | null): RunLogger =>
    toRunLogger(() => logger.child({ run: run.id, runName: run.name, flow: run.flow, task }));
  return {
    loggerOf,
    observe: (run, events) => {
      for (const event of events) {
        const remark = narrate(event, run);
        if (remark === null || !logger.isLevelEnabled(remark.level)) continue;
        const task = remark.taskKey === null ? null : taskRunName(remark.taskKey);
        const detail = remark.detail === null ? {} : { detail: remark.detail };
        logger[remark.level](
          { run: run.id, runName: run.name, flow: run.flow, task, ...detail },
          remark.text,
        );
      }
    },
    trouble: (thrown) => {
      const error = toError(thrown);
      const text = isEngineError(error) ? `${error.code}: ${error.message}` : (error.stack ?? error.message);
      logger.warn(text);
    },
  };
}

/** Makes the child logger when the first line comes: most tasks never log. */
function toRunLogger(make: () => Logger): RunLogger {
  let child: Logger | null = null;
  const line =
    (level: "debug" | "info" | "warn" | "error"): LogFunction =>
    (first: string | Readonly<Record<string, unknown>>, text?: string) => {
      child ??= make();
      if (typeof first === "string") child[level](first);
      else child[level](first, text);
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
