import { createHash } from "node:crypto";
import { EngineError } from "../../src/base/errors.ts";
import type { PayloadStore } from "../../src/engine/run-log.ts";
import type { Payload } from "../../src/events/fields.ts";

/** The payload store in memory, with the inline limit of Redis' one. */
export class MemoryPayloads implements PayloadStore {
  readonly #stored = new Map<string, Uint8Array>();
  readonly inlineLimitBytes: number;
  readonly limitBytes: number;

  constructor(inlineLimitBytes = 32 * 1024, limitBytes = 32 * 1024 * 1024) {
    this.inlineLimitBytes = inlineLimitBytes;
    this.limitBytes = limitBytes;
  }

  async put(run: string, bytes: Uint8Array, what: string): Promise<Payload> {
    if (bytes.length <= this.inlineLimitBytes) return bytes;
    if (bytes.length > this.limitBytes)
      throw new EngineError("PAYLOAD_TOO_LARGE", `${what} is too large.`, { what });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    this.#stored.set(`${run}:${sha256}`, Uint8Array.from(bytes));
    return [sha256, bytes.length];
  }

  async get(run: string, payloads: readonly Payload[]): Promise<readonly Uint8Array[]> {
    return payloads.map((payload) => {
      if (payload instanceof Uint8Array) return payload;
      const bytes = this.#stored.get(`${run}:${payload[0]}`);
      if (bytes === undefined)
        throw new EngineError("PAYLOAD_MISSING", `Payload ${payload[0]} of run ${run} is missing.`);
      return bytes;
    });
  }
}
