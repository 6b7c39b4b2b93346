import { EngineError } from "../base/errors.ts";

/** A place for bytes by name. What is written under a name never changes. */
export interface BlobStore {
  readonly url: string; // what the log calls it
  /** @throws EngineError STORE_UNAVAILABLE */
  put(name: string, bytes: Uint8Array, sha256: string): Promise<void>;
  /** Null = there is nothing of that name. @throws EngineError STORE_UNAVAILABLE */
  get(name: string): Promise<Uint8Array | null>;
}

/** Whoever needs the store waits and asks again: nothing is lost while it is away. */
export function unavailable(url: string, why: string, cause?: unknown): EngineError {
  return new EngineError(
    "STORE_UNAVAILABLE",
    `The result storage ${url} does not take or give values: ${why}. Whoever needs it waits and asks again; runs go on ` +
      `as soon as it is back.`,
    { url },
    cause,
  );
}
