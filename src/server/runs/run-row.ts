import { fingerprintOf } from "../../projections/fingerprint.ts";
import type { SeenRun } from "../../workers/run-list.ts";
import type { RunRow } from "../contract/runs.ts";

/** A run in one line, in its state as of now. */
export function toRunRow({ summary, aside, state }: SeenRun): RunRow {
  const { run, name, flow, queue, tags, trigger, createdAt, startedAt, endedAt, notBefore } = summary;
  const { tasks, completed, failed, cached, retries, children, attempt, parent, root, error, position } =
    summary;
  return {
    run,
    name,
    flow,
    state: state.type,
    stateName: state.name,
    queue,
    tags: [...tags],
    trigger,
    createdAt,
    startedAt,
    endedAt,
    notBefore,
    tasks,
    completed,
    failed,
    cached,
    retries,
    children,
    attempt,
    parent,
    root,
    message: state.message,
    error,
    fingerprint: error === null ? null : fingerprintOf(error),
    aside: aside === null ? null : `${aside.code}: ${aside.message} (from event ${aside.position} on)`,
    position,
  };
}
