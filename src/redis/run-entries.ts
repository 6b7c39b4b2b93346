import { EngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import { decodeEvent } from "../events/codec.ts";
import { type Payload, PayloadField } from "../events/fields.ts";
import { type Namespace, runKey, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** An entry of the stream of a run as Redis has it: its id, then names and values of its fields. */
export type Entry = readonly [id: Buffer, fields: readonly Buffer[]];

/** The stream of a run, byte by byte; empty = there is no such run. */
export async function readEntries(
  redis: RedisConnection,
  namespace: Namespace,
  run: string,
): Promise<readonly Entry[]> {
  return translated(async () => redis.xrangeBuffer(runKey(namespace, run), "-", "+"));
}

/** A value that is not part of the stream: SHA-256, size, and the place of one that lies elsewhere than beside the run. */
export type Reference = Exclude<Payload, Uint8Array>;

/** The values of a run that are not part of its stream, by the SHA-256 of what is stored. */
export function payloadsOf(run: string, entries: readonly Entry[]): ReadonlyMap<string, Reference> {
  const found = new Map<string, Reference>();
  for (const [index, [, fields]] of entries.entries()) {
    const event = decodeEvent(fields[1] ?? Buffer.alloc(0), { run, position: index + 1, actor: "" });
    for (const reference of referencesIn(event.data)) found.set(reference[0], reference);
  }
  return found;
}

function referencesIn(data: object): readonly Reference[] {
  return Object.values(data).flatMap((value: unknown) => {
    const payload = Array.isArray(value) ? PayloadField.safeParse(value).data : undefined;
    return payload === undefined || payload instanceof Uint8Array || !/^[\da-f]{64}$/.test(payload[0])
      ? []
      : [payload];
  });
}

/** A run that is put into a namespace where it does not live. */
export interface GivenEntries {
  readonly run: string;
  readonly entries: readonly Entry[];
}

/**
 * The entries that the namespace lacks: those behind the ones that it has.
 * @throws EngineError COMMAND_REFUSED when it has another history under this id
 */
export async function findMissing(
  redis: RedisConnection,
  to: Namespace,
  { run, entries, isWhole }: GivenEntries & { readonly isWhole: boolean }, // whole: nothing may stand behind them
): Promise<readonly Entry[]> {
  const known = await readEntries(redis, to, run);
  for (const [index, entry] of known.entries()) {
    const original = entries[index];
    if (original === undefined && !isWhole) break;
    if (original === undefined || !isSame(original, entry)) throw otherHistory(run, to, index + 1);
  }
  return entries.slice(known.length);
}

/** Adds what `findMissing` has found, and lists the run; nothing makes a worker take it. */
export async function addEntries(
  redis: RedisConnection,
  to: Namespace,
  { run, entries, createdAt }: GivenEntries & { readonly createdAt: string },
): Promise<void> {
  const target = runKey(to, run);
  await translated(async () => {
    await Promise.all(entries.map(async ([id, fields]) => redis.xadd(target, id, ...fields)));
    await redis.zadd(shardKeys(to, shardOf(run, to.shards)).runs, createdAt, run);
  });
}

function isSame([id, fields]: Entry, [otherId, otherFields]: Entry): boolean {
  return id.equals(otherId) && fields.every((field, index) => otherFields[index]?.equals(field) === true);
}

function otherHistory(run: string, { name }: Namespace, position: number): EngineError {
  return new EngineError(
    "COMMAND_REFUSED",
    `Namespace ${name} has another event ${position} of run ${run} than the history that is to be copied. Nothing more was ` +
      `copied: choose a namespace that does not exist yet.`,
    { run, position, namespace: name },
  );
}
