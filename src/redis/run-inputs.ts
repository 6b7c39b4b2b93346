import { isDeepStrictEqual } from "node:util";
import { isEngineError } from "../base/errors.ts";
import { decodeValue } from "../events/codec.ts";
import { isType } from "../events/envelope.ts";
import type { Namespace } from "./keys.ts";
import { RedisPayloadStore } from "./payload-store.ts";
import { readEvent } from "./read-run.ts";
import type { RedisConnection } from "./script.ts";

/** Whether the input of a run, as it was given, has these values in its fields. Reads the run's first event. */
export async function hasParameters(
  redis: RedisConnection,
  namespace: Namespace,
  run: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const input = await readInput(redis, namespace, run);
  return Object.entries(parameters).every(([name, value]) => {
    const found = partOf(input, name);
    return found.isThere && isDeepStrictEqual(found.value, value);
  });
}

interface Part {
  readonly isThere: boolean;
  readonly value: unknown;
}

/** A field by its name, else the part that its dotted path leads to. */
function partOf(input: unknown, path: string): Part {
  const own = fieldOf(input, path);
  if (own.isThere || !path.includes(".")) return own;
  let part: Part = { isThere: true, value: input };
  for (const name of path.split(".")) part = part.isThere ? fieldOf(part.value, name) : part;
  return part;
}

function fieldOf(value: unknown, name: string): Part {
  if (typeof value !== "object" || value === null) return { isThere: false, value: undefined };
  const fields = new Map<string, unknown>(Object.entries(value));
  return { isThere: fields.has(name), value: fields.get(name) };
}

async function readInput(redis: RedisConnection, namespace: Namespace, run: string): Promise<unknown> {
  try {
    const created = await readEvent(redis, namespace, { run, position: 1 });
    if (created === null || !isType(created, "RunCreated")) return null;
    const payloads = new RedisPayloadStore(redis, namespace);
    const [bytes] = await payloads.get(run, [created.data.input]);
    return bytes === undefined ? null : decodeValue(bytes, `The input of run ${run}`);
  } catch (error) {
    if (isEngineError(error, "EVENT_UNREADABLE") || isEngineError(error, "EVENT_UNKNOWN")) return null; // it stands aside
    if (isEngineError(error, "PAYLOAD_MISSING")) return null; // nobody can tell what it was
    throw error;
  }
}
