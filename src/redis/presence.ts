import { EngineError } from "../base/errors.ts";
import type { RedisConnection } from "./script.ts";

const graceMs = 1_000; // a connection that comes back within that is a hiccup

/**
 * Whether Redis is there. The driver waits for it for ever, which is right for what must not be lost; who asks over HTTP
 * is told instead.
 */
export class RedisPresence {
  readonly #redis: RedisConnection;
  readonly #waiting = new Set<(error: EngineError) => void>();
  readonly #onReady = (): void => this.#forget();
  readonly #onClose = (): void => this.#count();
  #timer: NodeJS.Timeout | null = null;
  #isLost = false;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    redis.on("ready", this.#onReady);
    redis.on("close", this.#onClose);
  }

  close(): void {
    this.#redis.off("ready", this.#onReady);
    this.#redis.off("close", this.#onClose);
    this.#forget();
  }

  /** What `work` gives. @throws EngineError REDIS_UNAVAILABLE when Redis is away, or goes away meanwhile */
  async whileThere<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isLost) throw away();
    let settle: (error: EngineError) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      settle = reject;
    });
    this.#waiting.add(settle);
    try {
      return await Promise.race([work(), lost]);
    } finally {
      this.#waiting.delete(settle);
    }
  }

  #count(): void {
    this.#timer ??= setTimeout(() => {
      this.#isLost = true;
      for (const reject of this.#waiting) reject(away());
    }, graceMs);
    this.#timer.unref();
  }

  #forget(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isLost = false;
  }
}

function away(): EngineError {
  return new EngineError(
    "REDIS_UNAVAILABLE",
    "Redis does not answer. Nothing that was acknowledged is lost; a command that was under way may have been carried " +
      "out. Ask again when it is back, with the same idempotency key.",
  );
}
