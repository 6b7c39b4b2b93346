import { isEngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { reservedNames } from "../observe/log-line.ts";
import type { Logger } from "../observe/logger.ts";
import { isTracing, traceIdOf } from "../observe/tracing.ts";
import { narrate } from "../projections/narrate.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { Display } from "./host-options.ts";
import { taskRunName } from "./task-run-name.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Shows runs on a logger: what happens to them, and what their code says. */
export function displayOn(logger: Logger): Display {
  return {
    write: (run, { level, task, attempt, message, fields }, worker) => {
      if (!logger.isLevelEnabled(level)) return;
      const about = {
        task: task === null ? null : taskRunName(task),
        attempt: task === null ? null : attempt,
      };
      logger[level]({ ...envelope(run), ...about, worker, ...unreserved(fields) }, message);
    },
    observe: (run, events) => {
      for (const event of events) {
        const remark = narrate(event, run);
        if (remark === null || !logger.isLevelEnabled(remark.level)) continue;
        const task = remark.taskKey === null ? null : taskRunName(remark.taskKey);
        const detail = remark.detail === null ? {} : { detail: remark.detail };
        const by = { attempt: attemptOf(event), worker: workerOf(event), event: event.type };
        logger[remark.level]({ ...envelope(run), task, ...by, ...detail }, remark.text);
      }
    },
    note: (text) => logger.info(text),
    trouble: (thrown) => {
      const error = toError(thrown);
      const text = isEngineError(error) ? `${error.code}: ${error.message}` : (error.stack ?? error.message);
      logger.warn(text);
    },
  };
}

function envelope(run: RunInfo): Fields {
  const { id, name, flow } = run;
  const trace = isTracing() ? { trace_id: traceIdOf(run) } : {};
  return { run: id, runName: name, flow, ...trace };
}

/** A user's field must not stand for one of ours: `event` becomes `event_`. */
export function unreserved(fields: Fields): Fields {
  const names = Object.keys(fields);
  if (!names.some((name) => reservedNames.has(name))) return fields;
  return Object.fromEntries(
    names.map((name) => [reservedNames.has(name) ? `${name}_` : name, fields[name]] as const),
  );
}

/** null = the event is about the run, or no attempt has begun. */
export function attemptOf({ data }: RecordedEvent): number | null {
  return "attempt" in data ? data.attempt : null;
}

/** null = somebody else recorded it, or the actor is not known. */
export function workerOf({ actor }: RecordedEvent): string | null {
  return actor.startsWith("worker:") ? actor.slice("worker:".length) : null;
}
