import { setTimeout as pause } from "node:timers/promises";
import { isEngineError } from "../base/errors.ts";
import { findUnrecordable, unrecordable } from "../base/recordable.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { type CompletionKey, type CompletionTable, readCompletion, recordCompletion } from "./completions.ts";
import { Lease, type PgClientOf, type PgPool, toReason } from "./connection.ts";
import { commitUnknown, isTransient, isUniqueViolation, leavesOpen } from "./pg-error.ts";

/** One attempt of a task: what it does in a transaction, and where its completion is recorded. */
export interface Work<Pool extends PgPool> {
  readonly pool: Pool;
  readonly task: string;
  readonly begin: string; // BEGIN, with its isolation level
  readonly table: CompletionTable;
  readonly record: CompletionKey | null; // null = called outside of a run: nothing to find it again by
  readonly signal: AbortSignal | null;
  readonly fn: (client: PgClientOf<Pool>) => unknown;
  readonly onAdopted: () => void; // a recorded completion was found: the function was not called, or was undone
}

const maxTries = 5; // of a transaction that PostgreSQL gave up, or that may or may not have been committed

const pausesMs = { transient: 10, unknown: 100 }; // before the second try; doubled each time

/** A try that did not end well, and left nothing behind unless it is unknown. */
class Undone {
  readonly error: unknown;
  readonly againAfterMs: number | null; // null = a matter for the retries of the task

  constructor(error: unknown, againAfterMs: number | null) {
    this.error = error;
    this.againAfterMs = againAfterMs;
  }
}

interface Done {
  readonly value: unknown;
}

/** Does the work once, in one transaction with its record; or gives what was recorded when it was done before. */
export async function transact<Pool extends PgPool>(work: Work<Pool>): Promise<unknown> {
  let unknown: Undone | null = null; // the last try whose COMMIT had no answer
  for (let count = 1; ; count += 1) {
    const outcome = await tryOnce(work).catch((error: unknown) => {
      if (unknown === null || work.signal?.aborted === true) throw error;
      return unknown; // the database is still away: what is worth telling is that nothing is known
    });
    if (!(outcome instanceof Undone)) return outcome.value;
    if (isEngineError(outcome.error, "COMMIT_UNKNOWN")) unknown = outcome;
    if (outcome.againAfterMs === null || count === maxTries) throw outcome.error;
    // By chance, too: two that were in each other's way should not meet again.
    await rest(outcome.againAfterMs * 2 ** (count - 1) * (0.5 + Math.random()), work.signal);
  }
}

/** Waits, or less when the signal fires: the next try says so. */
async function rest(ms: number, signal: AbortSignal | null): Promise<void> {
  await pause(ms, undefined, signal === null ? {} : { signal }).catch(() => undefined);
}

async function tryOnce<Pool extends PgPool>(work: Work<Pool>): Promise<Done | Undone> {
  const lease = await Lease.take(work.pool, work.signal);
  try {
    return (await adopt(work, lease)) ?? (await perform(work, lease));
  } finally {
    lease.end();
  }
}

/** What an earlier attempt, or one at the same time, has recorded; null = nothing. */
async function adopt<Pool extends PgPool>(work: Work<Pool>, lease: Lease): Promise<Done | null> {
  const { record, table, onAdopted } = work;
  if (record === null) return null;
  const bytes = await readCompletion(async (text, values) => lease.query(text, values), table, record);
  if (bytes === null) return null;
  onAdopted();
  return { value: decodeValue(bytes, `The recorded completion of task ${record.key}`) };
}

async function perform<Pool extends PgPool>(
  work: Work<Pool>,
  lease: Lease<PgClientOf<Pool>>,
): Promise<Done | Undone> {
  let step: "work" | "record" | "commit" = "work";
  try {
    await lease.begin(work.begin);
    const value = await lease.during(Promise.resolve(work.fn(lease.client)));
    step = "record";
    await record(work, lease, value);
    step = "commit";
    await lease.commit();
    return { value };
  } catch (error) {
    if (work.signal?.aborted === true) return new Undone(toReason(work.signal), null); // its connection is closed
    await lease.rollBack();
    if (step === "commit" && leavesOpen(error)) {
      return new Undone(commitUnknown(work.task, error), work.record === null ? null : pausesMs.unknown);
    }
    if (isTransient(error)) return new Undone(error, pausesMs.transient);
    const wasOutrun = step === "record" && isUniqueViolation(error);
    return (await adoptInstead(work, lease)) ?? new Undone(error, wasOutrun ? pausesMs.transient : null);
  }
}

/**
 * After a failure: what another attempt has recorded at the same time. It may be why this one failed, by our own
 * primary key or by a constraint of the user's tables.
 */
async function adoptInstead<Pool extends PgPool>(work: Work<Pool>, lease: Lease): Promise<Done | null> {
  try {
    return await adopt(work, lease);
  } catch {
    return null; // the failure itself is worth more than that of looking
  }
}

/** Records the result with the effects: when it cannot be, they are undone. Without a run there is nothing to record. */
async function record<Pool extends PgPool>(
  { record, table, task }: Work<Pool>,
  lease: Lease,
  value: unknown,
): Promise<void> {
  if (record === null) return;
  const output = await encodeOutput(value, `The result of task ${task}`);
  await recordCompletion(async (text, values) => lease.query(text, values), table, { ...record, output });
}

const leastLimitBytes = 1024 * 1024; // the limit of recorded values may be set to this, and not lower

/** The bytes of a result that the log will take. @throws EngineError OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE */
async function encodeOutput(value: unknown, what: string): Promise<Uint8Array> {
  const refusal = findUnrecordable(value);
  if (refusal !== null) throw unrecordable(what, refusal);
  const bytes = encodeValue(value);
  if (bytes.length <= leastLimitBytes) return bytes;
  const { payloadTooLarge } = await import("../redis/payload-store.ts");
  const { settingsFromEnvironment } = await import("../workers/settings.ts"); // it loads drivers: only for the few
  const { payloadLimitBytes } = settingsFromEnvironment();
  if (bytes.length > payloadLimitBytes) throw payloadTooLarge(what, bytes.length, payloadLimitBytes);
  return bytes;
}
