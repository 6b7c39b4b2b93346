import { EngineError } from "../../base/errors.ts";
import { rebuildProjections } from "../../workers/projections.ts";
import type { Store } from "../../workers/settings.ts";

interface Progress {
  readonly name: string; // of the projection that was asked for; all are folded together
  readonly runs: number;
  readonly total: number;
  readonly startedAt: number;
}

/** The rebuild of projections that this server does, one at a time. */
export class Rebuilds {
  readonly #store: Store;
  readonly #onTrouble: (error: unknown) => void;
  #progress: Progress | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Store, onTrouble: (error: unknown) => void) {
    this.#store = store;
    this.#onTrouble = onTrouble;
  }

  /** null = none is under way here. */
  get progress(): Progress | null {
    return this.#progress;
  }

  /** @throws EngineError REQUEST_UNDER_WAY */
  begin(name: string): Progress {
    if (this.#progress !== null)
      throw new EngineError(
        "REQUEST_UNDER_WAY",
        "Projections are being rebuilt already; all of them at once.",
      );
    const begun = { name, runs: 0, total: 0, startedAt: Date.now() };
    this.#progress = begun;
    this.#running = this.#rebuild(begun);
    return begun;
  }

  /** Waits for what is under way: a rebuild cannot be left half done, and would be begun anew. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #rebuild(begun: Progress): Promise<void> {
    try {
      await rebuildProjections(this.#store, {
        onProgress: (progress) => {
          this.#progress = { ...begun, ...progress };
        },
      });
    } catch (error) {
      this.#onTrouble(error);
    } finally {
      this.#progress = null;
    }
  }
}
