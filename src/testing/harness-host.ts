import { Host } from "../workers/host.ts";

/** What workers tell each other by pub/sub in production. */
export interface Murmur {
  readonly ended: (run: string) => void;
  readonly cancelled: (run: string, keys: readonly string[]) => void;
}

/** A host that hears of other runs in the process of the test, and has no lease to renew. */
export class HarnessHost extends Host {
  readonly #ended: ((run: string) => void)[] = [];
  readonly #cancelled: ((run: string, keys: readonly string[]) => void)[] = [];
  readonly murmur: Murmur = {
    ended: (run) => {
      for (const listen of this.#ended) listen(run);
    },
    cancelled: (run, keys) => {
      for (const listen of this.#cancelled) listen(run, keys);
    },
  };

  override async onEnded(listen: (run: string) => void): Promise<void> {
    this.#ended.push(listen);
  }

  override async onCancelled(listen: (run: string, keys: readonly string[]) => void): Promise<void> {
    this.#cancelled.push(listen);
  }
}
