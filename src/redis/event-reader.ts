import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies } from "./decode-bodies.ts";
import { type Namespace, runKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

interface Ask {
  readonly run: string;
  readonly position: number;
  readonly resolve: (event: RecordedEvent | null) => void;
  readonly reject: (error: unknown) => void;
}

const gapAtMost = 2; // events that nobody asked for, between two that somebody did; they are read and not decoded

/** Reads single events; neighbours that are asked for in the same tick come in one reply. */
export class EventReader {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  #asks: Ask[] = [];

  constructor(redis: RedisConnection, namespace: Namespace) {
    this.#redis = redis;
    this.#namespace = namespace;
  }

  /**
   * null = there is none at that position. The event's actor is known only where it begins a commit.
   * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
   */
  read(run: string, position: number): Promise<RecordedEvent | null> {
    return new Promise((resolve, reject) => {
      if (this.#asks.length === 0) process.nextTick(() => this.#send());
      this.#asks.push({ run, position, resolve, reject });
    });
  }

  #send(): void {
    const asks = this.#asks.toSorted((one, two) =>
      one.run === two.run ? one.position - two.position : one.run < two.run ? -1 : 1,
    );
    this.#asks = [];
    let slice: Ask[] = [];
    for (const ask of asks) {
      const before = slice.at(-1);
      const isNear = before?.run === ask.run && ask.position - before.position <= gapAtMost + 1;
      if (before !== undefined && !isNear) {
        void this.#readSlice(slice);
        slice = [];
      }
      slice.push(ask);
    }
    void this.#readSlice(slice);
  }

  /** `asks` are of one run, in order, and not empty. */
  async #readSlice(asks: readonly Ask[]): Promise<void> {
    const [run = "", first = 0] = [asks[0]?.run, asks[0]?.position];
    const last = asks.at(-1)?.position ?? first;
    try {
      const key = runKey(this.#namespace, run);
      const entries = await translated(async () => this.#redis.xrangeBuffer(key, `${first}-0`, `${last}-0`));
      const bodies = new Map(entries.map(([id, fields]) => [id.toString("latin1"), fields[1]]));
      for (const ask of asks) answer(ask, bodies.get(`${ask.position}-0`));
    } catch (error) {
      for (const { reject } of asks) reject(error);
    }
  }
}

function answer({ run, position, resolve, reject }: Ask, body: Uint8Array | undefined): void {
  try {
    resolve(body === undefined ? null : (decodeBodies(run, position - 1, [body])[0] ?? null));
  } catch (error) {
    reject(error);
  }
}
