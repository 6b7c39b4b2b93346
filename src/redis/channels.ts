import { openConnection, type RedisAddress } from "./connect.ts";
import { channelPrefix } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";
import type { WakeNews } from "./wake-news.ts";

/** Tells every worker that a run does not wait for these tasks any more. */
export async function tellCancelled(
  redis: RedisConnection,
  namespace: string,
  run: string,
  keys: readonly string[],
): Promise<void> {
  await translated(async () =>
    redis.publish(`${channelPrefix(namespace)}cancelled`, [run, ...keys].join("\n")),
  );
}

/** Asks a worker, or answers an asker; whoever does not listen now never hears of it. */
export async function tell(
  redis: RedisConnection,
  namespace: string,
  { to, text }: { readonly to: `ask:${string}` | `answer:${string}`; readonly text: string },
): Promise<void> {
  await translated(async () => redis.publish(channelPrefix(namespace) + to, text));
}

/**
 * What others tell this process: hints, which may be lost. One connection; channels may be added at any time.
 */
export class Channels {
  readonly #redis: RedisConnection;
  readonly #prefix: string;

  constructor(address: RedisAddress, namespace: string) {
    this.#redis = openConnection(address);
    this.#prefix = channelPrefix(namespace);
  }

  /** Calls `listen` with the run that somebody appended to, and this worker owns; `news` hears what they wrote. */
  async onWake(worker: string, news: WakeNews, listen: (run: string) => void): Promise<void> {
    const channel = `${this.#prefix}wake:${worker}`;
    this.#redis.on("messageBuffer", (from: Buffer, message: Buffer) => {
      if (from.toString() === channel) listen(news.hear(message));
    });
    await this.#redis.subscribe(channel);
  }

  /** Calls `listen` with what is said about slots of limits that this worker waits for. */
  async onSlots(worker: string, listen: (word: string) => void): Promise<void> {
    await this.#subscribe(`slots:${worker}`, listen);
  }

  /** Calls `listen` with every run that ended or was blocked. */
  async onEnded(listen: (run: string) => void): Promise<void> {
    await this.#subscribe("ended", listen);
  }

  /** Calls `listen` with tasks that their run does not wait for any more. */
  async onCancelled(listen: (run: string, keys: readonly string[]) => void): Promise<void> {
    await this.#subscribe("cancelled", (message) => {
      const [run = "", ...keys] = message.split("\n");
      listen(run, keys);
    });
  }

  /** Calls `listen` with what is told to this address. */
  async onTold(address: `ask:${string}` | `answer:${string}`, listen: (text: string) => void): Promise<void> {
    await this.#subscribe(address, listen);
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #subscribe(name: string, listen: (run: string) => void): Promise<void> {
    const channel = this.#prefix + name;
    this.#redis.on("message", (from: string, run: string) => {
      if (from === channel) listen(run);
    });
    await this.#redis.subscribe(channel);
  }
}
