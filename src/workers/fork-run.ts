import { EngineError } from "../base/errors.ts";
import { findUnrecordable, unrecordable } from "../base/recordable.ts";
import { isCall } from "../engine/history.ts";
import { encodeEvent, encodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { RunCreated, RunForked } from "../events/run-events.ts";
import { TaskScheduled } from "../events/task-events.ts";
import { copyPayloads } from "../redis/copy-runs.ts";
import { reopenRun } from "../redis/reopen.ts";
import { type Entry, readEntries } from "../redis/run-entries.ts";
import type { Client } from "./client.ts";
import { friendlyName, newId } from "./ids.ts";

/** Where a run is forked, and what is to be different. */
export interface ForkPoint {
  readonly turn?: number; // the history up to this turn is shared; 0 = nothing but the parameters
  readonly task?: string; // key: shared up to the turn that called it; it is done again
  readonly args?: readonly unknown[]; // of that task, instead of the recorded ones
}

export interface ForkedRun {
  readonly run: string;
  readonly name: string;
  readonly from: string;
  readonly position: number; // of the last shared event
}

/**
 * Makes a new run that shares the history of another one up to a point, and goes on from there: what was done before
 * that point is not done again. The other run stays as it is, open or ended.
 * @throws EngineError OPTION_INVALID for a point that the history does not have
 */
export async function forkRun(client: Client, from: string, point: ForkPoint): Promise<ForkedRun> {
  const { redis, namespace } = client.store;
  const events = await client.events(from);
  const [created] = events;
  if (created?.type !== "RunCreated")
    throw new EngineError("RUN_NOT_FOUND", `There is no run ${from}.`, { run: from });
  const position = positionOf(from, events, point);
  const run = newId();
  const name = friendlyName(run);
  const entries = (await readEntries(redis, namespace, from)).slice(0, position);
  const createdAt = Date.now();
  const changed = [begin(created, { run: from, position, name, createdAt }), ...editsOf(events, point)];
  await copyPayloads(redis, { from: namespace, to: namespace }, { run: from, as: run }, entries);
  const bodies = entries.map((entry, index) => bodyOf(entry, changed, index + 1));
  const { actor } = client;
  const forked = RunForked.make({ run: from, position });
  // The history and the first event of the new run at once: half a fork would be a run that nobody looks after.
  await reopenRun(redis, namespace, { run, actor, events: [forked], seen: position }, { createdAt, bodies });
  const { flow, queue } = created.data;
  await client.hint({ run, flow, queue, cause: "start" });
  return { run, name, from, position };
}

function positionOf(run: string, events: readonly RecordedEvent[], point: ForkPoint): number {
  if (point.task === undefined && (point.turn ?? 0) === 0) return 1;
  const at = startOf(run, events, point);
  const taken = events.findLast((event) => event.type === "TurnTaken" && event.position <= at);
  if (taken?.type === "TurnTaken" && taken.data.done)
    throw invalid(run, `ended with turn ${taken.data.n}: fork an earlier one.`);
  let position = at;
  for (const event of events.slice(at)) {
    if (event.type !== "RunStarted" && !isCall(event)) break; // the end of what the turn decided
    position = event.position;
  }
  return position;
}

/** Position of the turn, or of the task, that the point names. */
function startOf(run: string, events: readonly RecordedEvent[], { turn, task }: ForkPoint): number {
  const at = events.find((event) =>
    task === undefined
      ? event.type === "TurnTaken" && event.data.n === turn
      : event.type === "TaskScheduled" && event.data.key === task,
  );
  if (at !== undefined) return at.position;
  const what = task === undefined ? `turn ${turn}` : `task ${task}`;
  throw invalid(run, `has no ${what}. What it has: millrace history ${run}`);
}

function invalid(run: string, why: string): EngineError {
  return new EngineError("OPTION_INVALID", `Run ${run} ${why}`, { run });
}

interface Origin {
  readonly run: string;
  readonly position: number;
  readonly name: string;
  readonly createdAt: number; // epoch ms
}

/**
 * The first event of the new run: the logical time and the random numbers stay those of the other one; but it is
 * recorded now, as lists are ordered by that.
 */
function begin(
  { data, ...rest }: RecordedEvent<"RunCreated">,
  { run, position, name, createdAt }: Origin,
): RecordedEvent {
  const links = data.links ?? { parent: null, continuedFrom: null, forkedFrom: null };
  const seed = links.forkedFrom?.seed ?? run;
  const changed = {
    ...data,
    name,
    idempotencyKey: null,
    links: { ...links, parent: null, forkedFrom: { run, position, seed } },
  };
  return { ...rest, ...RunCreated.make(changed), recordedAt: createdAt };
}

/**
 * The task's call with other arguments; its fingerprint stays, as the code still makes the recorded call. What is done
 * again is not taken from a cache, and a result of other arguments is not kept under the key of the recorded ones.
 */
function editsOf(events: readonly RecordedEvent[], { task, args }: ForkPoint): readonly RecordedEvent[] {
  const scheduled = events.find((event) => event.type === "TaskScheduled" && event.data.key === task);
  if (scheduled?.type !== "TaskScheduled") {
    if (args === undefined) return [];
    throw new EngineError("OPTION_INVALID", "Arguments need a task that they are for.", {});
  }
  const uncached = doneAgain(scheduled, args !== undefined);
  if (args === undefined) return uncached === scheduled ? [] : [uncached];
  const refusal = findUnrecordable(args);
  if (refusal !== null) throw unrecordable(`The arguments of task ${scheduled.data.key}`, refusal);
  const { data, ...rest } = uncached;
  return [{ ...rest, ...TaskScheduled.make({ ...data, input: encodeValue(args) }) }];
}

function doneAgain(
  scheduled: RecordedEvent<"TaskScheduled">,
  isOther: boolean,
): RecordedEvent<"TaskScheduled"> {
  const { data, ...rest } = scheduled;
  const { rules } = data;
  if (rules === null || rules.cache === null) return scheduled;
  const cache = isOther ? null : { ...rules.cache, refresh: true };
  return { ...rest, ...TaskScheduled.make({ ...data, rules: { ...rules, cache } }) };
}

function bodyOf([, fields]: Entry, changed: readonly RecordedEvent[], position: number): Uint8Array {
  const event = changed.find((candidate) => candidate.position === position);
  if (event === undefined) return fields[1] ?? Buffer.alloc(0);
  const time = Buffer.alloc(6);
  time.writeUIntBE(event.recordedAt, 0, 6);
  return Buffer.concat([time, encodeEvent(event, event.actor)]);
}
