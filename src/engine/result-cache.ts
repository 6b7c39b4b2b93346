import type { Payload } from "../events/fields.ts";

/** A result that is shared. */
export interface CachedResult {
  readonly run: string; // that made it
  readonly key: string; // of the task run that made it
  readonly madeAt: number; // epoch ms by the clock of the log
  readonly output: Payload; // without a place: kept by the cache itself
}

/** Who makes a result that others wait for. */
export interface MakingAnswer {
  readonly found: CachedResult | null; // it is there already
  readonly maker: string; // who makes it now; "" = nobody
}

/** Results that calls share, by cache key. Losing any of it is only a miss. */
export interface ResultCache {
  /** One answer for each key; null = there is none. */
  find(keys: readonly string[]): Promise<readonly (CachedResult | null)[]>;
  /** The bytes of what was found; null = they have gone meanwhile. */
  valueOf(key: string, output: Payload): Promise<Uint8Array | null>;
  /** Keeps a recorded result; `value` are its msgpack bytes, null when it lies in a place of its own. */
  keep(key: string, result: CachedResult, value: Uint8Array | null, expiresMs: number | null): Promise<void>;
  /**
   * Becomes the maker of a result, or stays it, unless the result is there or a living maker is; `anew`: a result that
   * is there does not count. A maker's name begins with its worker and a blank.
   */
  make(key: string, maker: string, anew: boolean): Promise<MakingAnswer>;
  /** Makes no longer. */
  leave(key: string, maker: string): Promise<void>;
  /** A result is being kept: who looks for it in this process waits, and so does the end of the process. Never rejects. */
  expect(key: string, work: Promise<void>): void;
}
