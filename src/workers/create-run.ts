import { fingerprint } from "../base/recordable.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { encodeValue } from "../events/codec.ts";
import { RunCreated } from "../events/run-events.ts";
import { currentTraceparent } from "../observe/tracing.ts";
import { friendlyName, newId } from "./ids.ts";

export interface NewRun {
  readonly flow: string;
  readonly input: unknown;
  readonly queue: string;
  readonly tags: readonly string[];
  readonly name: string | null; // null = two friendly words
  readonly source: string | null; // file that defines the flow; null = unknown
  readonly id?: string; // one that follows from a key; default: a new one
  readonly createdAt?: number; // epoch ms; default: now
  readonly startAt?: number | null; // epoch ms; not to begin before; default: at once
  readonly idempotencyKey?: string | null; // that the id follows from
}

/**
 * The id and the first event of a new run.
 * @throws EngineError OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE for the input
 */
export async function toCreated(
  { flow, input, queue, tags, name, source, id, createdAt, startAt, idempotencyKey }: NewRun,
  payloads: PayloadStore,
  { run: given, now = Date.now }: { readonly run?: string; readonly now?: () => number } = {},
): Promise<{ run: string; created: Event<"RunCreated"> }> {
  const run = id ?? given ?? newId();
  const what = `The parameters of flow ${flow}`;
  fingerprint(input, what);
  const created = RunCreated.make({
    flow,
    name: name ?? friendlyName(run),
    input: await payloads.put(run, encodeValue(input), what, null),
    queue,
    tags: [...tags],
    root: null,
    createdAt: createdAt ?? now(),
    source,
    traceparent: currentTraceparent(),
    links: null,
    startAt: startAt ?? null,
    idempotencyKey: idempotencyKey ?? null,
  });
  return { run, created };
}
