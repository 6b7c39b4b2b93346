import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import type { Payload } from "../events/fields.ts";
import { type Namespace, payloadKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

export const inlineLimitBytes = 32 * 1024;
export const defaultPayloadLimitBytes = 32 * 1024 * 1024;

/** Keeps recorded values above the inline limit in Redis, beside the run, by the SHA-256 of their bytes. */
export class RedisPayloadStore implements PayloadStore {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  readonly #limitBytes: number;
  readonly inlineLimitBytes = inlineLimitBytes;

  constructor(redis: RedisConnection, namespace: Namespace, limitBytes = defaultPayloadLimitBytes) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#limitBytes = limitBytes;
  }

  put(run: string, bytes: Uint8Array, what: string): Payload | Promise<Payload> {
    return bytes.length <= inlineLimitBytes ? bytes : this.store(run, bytes, what);
  }

  /** Stores a value of any size. */
  async store(run: string, bytes: Uint8Array, what: string): Promise<readonly [string, number]> {
    if (bytes.length > this.#limitBytes) throw payloadTooLarge(what, bytes.length, this.#limitBytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    // Written before the event that refers to it; an orphan left by a crash goes with the run.
    await translated(async () =>
      this.#redis.set(payloadKey(this.#namespace, run, sha256), Buffer.from(bytes)),
    );
    return [sha256, bytes.length];
  }

  async get(run: string, payloads: readonly Payload[]): Promise<readonly Uint8Array[]> {
    return Promise.all(
      payloads.map(async (payload) => (payload instanceof Uint8Array ? payload : this.#read(run, payload))),
    );
  }

  async #read(run: string, [sha256, sizeBytes]: readonly [string, number, string?]): Promise<Uint8Array> {
    const bytes = await translated(async () =>
      this.#redis.getBuffer(payloadKey(this.#namespace, run, sha256)),
    );
    if (bytes !== null && createHash("sha256").update(bytes).digest("hex") === sha256) return bytes;
    const state = bytes === null ? "is missing" : "is damaged (its SHA-256 differs)";
    throw new EngineError(
      "PAYLOAD_MISSING",
      `A recorded value of run ${run} (${sizeBytes} bytes, SHA-256 ${sha256}) ${state}. Restore it from a backup of Redis; ` +
        `the run's events are unchanged.`,
      { run, sha256, sizeBytes },
    );
  }
}

export function payloadTooLarge(what: string, sizeBytes: number, limitBytes: number): EngineError {
  const size = (sizeBytes / 1024 / 1024).toFixed(1);
  const limit = (limitBytes / 1024 / 1024).toFixed(1);
  return new EngineError(
    "PAYLOAD_TOO_LARGE",
    `${what} would take ${size} MiB, and at most ${limit} MiB can be recorded. Write it to a file or a store in the task and ` +
      `return the path or key, keep its results elsewhere (resultStorage), or raise MILLRACE_PAYLOAD_LIMIT_MB.`,
    { what, sizeBytes, limitBytes },
  );
}
