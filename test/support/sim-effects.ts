import type { Ownership } from "../../src/engine/run-log.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import type { TaskContext } from "../../src/sdk/context.ts";
import type { SimProcess } from "./sim-process.ts";
import { endOf, startOf } from "./sim-tasks.ts";
import type { SimWorld } from "./sim-world.ts";

/** What is wrong with an attempt that begins to run; null = nothing. */
export function wrongEffect(world: SimWorld, process: SimProcess, context: TaskContext): string | null {
  return repeatsEnded(world, process, context) ?? ignoresShared(world, process, context);
}

/** Whoever rightly owns the run, or begins an attempt, never repeats what is recorded as ended. */
function repeatsEnded({ log }: SimWorld, process: SimProcess, { key, attempt, run }: TaskContext) {
  const id = nameOf(run);
  const events = log.peek(id);
  const end = endOf(events, key);
  if (process.isExpired || end === null) return null;
  const begun = startOf(events, key, attempt);
  const isWrong = begun === null ? owns(log.ownerOf(id), process, id) : end < begun;
  return isWrong ? `${process.id} runs ${key} attempt ${attempt}, whose end is recorded.` : null;
}

function nameOf(run: TaskContext["run"]): string {
  return run?.id ?? "";
}

function owns(owner: Ownership | null, process: SimProcess, run: string): boolean {
  return owner?.worker === process.id && owner.epoch === process.ownerOf(run)?.epoch;
}

/**
 * A result is used that was there before the call, or before a worker began with it; where one call at a time makes a
 * result, only that one runs.
 */
function ignoresShared({ log, cache }: SimWorld, { id }: SimProcess, { key, attempt, run }: TaskContext) {
  const runId = nameOf(run);
  const events = log.peek(runId);
  const scheduled = scheduledOf(events, key);
  const rule = scheduled?.data.rules?.cache ?? null;
  if (rule === null) return null;
  const looksAfter = startOf(events, key, attempt) ?? scheduled?.position ?? 0;
  if (!rule.refresh && cache.wasThereAt(rule.key, runId, looksAfter))
    return `${id} runs ${key} of ${runId}, though its result is there.`;
  const isMaker = !rule.isAlone || cache.wasGranted(rule.key, `${id} ${runId} ${key}`);
  return isMaker ? null : `${id} runs ${key} of ${runId}, and was not to make its result.`;
}

function scheduledOf(events: readonly RecordedEvent[], key: string) {
  return events.filter((event) => event.type === "TaskScheduled").find(({ data }) => data.key === key);
}
