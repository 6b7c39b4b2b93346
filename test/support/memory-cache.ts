import { createHash } from "node:crypto";
import type { CachedResult, MakingAnswer } from "../../src/engine/result-cache.ts";
import type { Payload } from "../../src/events/fields.ts";

interface Entry {
  readonly result: CachedResult;
  readonly bytes: Uint8Array | null;
  readonly expiresAt: number;
  readonly since: ReadonlyMap<string, number>; // how long each history was when a result began to be there
}

interface Making {
  readonly maker: string;
  readonly until: number;
}

interface MemoryCacheOptions {
  readonly now: () => number;
  readonly isAlive: (worker: string) => boolean;
  readonly lengths: () => ReadonlyMap<string, number>; // of all histories, by run
}

const termMs = 30_000;

function isInline({ output }: CachedResult): boolean {
  return output instanceof Uint8Array;
}

/** The results that calls share, and who makes them, as `src/redis/result-cache.ts` keeps them. */
export class MemoryCache {
  readonly #options: MemoryCacheOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #making = new Map<string, Making>();
  readonly #granted = new Set<string>(); // "key maker"

  constructor(options: MemoryCacheOptions) {
    this.#options = options;
  }

  find(keys: readonly string[]): readonly (CachedResult | null)[] {
    return keys.map((key) => this.#entryOf(key)?.result ?? null);
  }

  valueOf(key: string, output: Payload): Uint8Array | null {
    if (output instanceof Uint8Array) return output;
    const bytes = this.#entryOf(key)?.bytes ?? null;
    const isIts = bytes !== null && createHash("sha256").update(bytes).digest("hex") === output[0];
    return isIts ? bytes : null;
  }

  keep(key: string, result: CachedResult, bytes: Uint8Array | null, expiresMs: number | null): void {
    const expiresAt = expiresMs === null ? Number.POSITIVE_INFINITY : result.madeAt + expiresMs;
    const before = this.#entryOf(key);
    // Who has found a large value, and comes for it after it was replaced, does not get it.
    const stays = before !== null && isInline(before.result) && isInline(result);
    const since = stays ? before.since : this.#options.lengths();
    this.#entries.set(key, { result, bytes, expiresAt, since });
  }

  make(key: string, maker: string, anew: boolean): MakingAnswer {
    const found = anew ? null : (this.#entryOf(key)?.result ?? null);
    const current = this.#making.get(key);
    const isTaken = current !== undefined && current.maker !== maker && this.#stillMakes(current);
    if (found !== null || isTaken) return { found, maker: current?.maker ?? "" };
    this.#making.set(key, { maker, until: this.#options.now() + termMs });
    this.#granted.add(`${key} ${maker}`);
    return { found: null, maker };
  }

  leave(key: string, maker: string): void {
    if (this.#making.get(key)?.maker === maker) this.#making.delete(key);
  }

  /** A result is lost: it is only a miss for somebody. @returns false when there is none */
  lose(pick: (keys: readonly string[]) => string): boolean {
    const keys = [...this.#entries.keys()];
    return keys.length > 0 && this.#entries.delete(pick(keys));
  }

  /** A result was there all the time since the event at `position` of `run` was recorded. */
  wasThereAt(key: string, run: string, position: number): boolean {
    const entry = this.#entryOf(key);
    return entry !== null && (entry.since.get(run) ?? 0) < position;
  }

  wasGranted(key: string, maker: string): boolean {
    return this.#granted.has(`${key} ${maker}`);
  }

  #stillMakes({ maker, until }: Making): boolean {
    const [worker = ""] = maker.split(" ");
    return until > this.#options.now() && this.#options.isAlive(worker);
  }

  /** null = there is none, or it has expired */
  #entryOf(key: string): Entry | null {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > this.#options.now() ? entry : null;
  }
}
