import { EngineError } from "../base/errors.ts";
import { pause, type Stillness } from "./stillness.ts";
import type { World } from "./world.ts";

const graceMs = 1_000; // real, for whoever may still do something
const idleLeaps = 1_000; // through time without any commit

/** Somebody who waits for something. */
interface Waiting {
  readonly isOver: boolean;
}

interface PassageParts {
  readonly world: World;
  readonly still: Stillness;
  readonly isManual: boolean; // time passes only by `advance`
  readonly setLog: (now: number) => Promise<void>;
  readonly isClosed: () => boolean;
}

/** The passage of time in a harness: from one thing that is due to the next, when nothing else happens. */
export class Passage {
  readonly #parts: PassageParts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: PassageParts) {
    this.#parts = parts;
  }

  /** Waits for something that happens in the harness; time passes meanwhile. */
  async until<T>(ended: Promise<T>, what: () => Promise<string>): Promise<T> {
    const { world, isManual, isClosed } = this.#parts;
    if (isManual) return ended;
    const state = { isOver: false };
    const over = (): void => {
      state.isOver = true;
    };
    ended.then(over, over);
    let leaps = 0;
    for (let writes = -1; !state.isOver && !isClosed(); ) {
      leaps = world.writes === writes ? leaps + 1 : 0;
      writes = world.writes;
      const goesOn = leaps <= idleLeaps && (await this.#alone(async () => this.#step(state)));
      if (!goesOn && !(await this.#isMoving(state))) throw stuck(await what(), world);
    }
    if (isClosed())
      throw new EngineError("COMMAND_REFUSED", "The harness was closed while a test waited for it.");
    return ended;
  }

  /** Resolves when nothing more happens unless time passes. */
  async settle(): Promise<void> {
    await this.#alone(async () => this.#parts.still.reached());
  }

  /** Lets so much time pass, and all that is due on the way happen. */
  async advance(ms: number): Promise<void> {
    await this.#alone(async () => {
      const { world, still } = this.#parts;
      const target = world.time.now + ms;
      await still.reached();
      for (let at = await world.nextAt(); at !== null && at <= target; at = await world.nextAt()) {
        await this.#goTo(at);
        await still.reached();
      }
      await this.#goTo(target);
      await still.reached();
    });
  }

  /** @returns false when there is nothing to wait for */
  async #step(state: Waiting): Promise<boolean> {
    const { world, still } = this.#parts;
    await still.reached();
    if (state.isOver) return true;
    const at = await world.nextAt();
    if (at === null) return false;
    await this.#goTo(at);
    return true;
  }

  async #goTo(at: number): Promise<void> {
    const { world, still, setLog } = this.#parts;
    if (at > world.time.now) {
      await setLog(at);
      world.time.set(at);
    }
    await still.reached(); // timers first: who has the run in memory need not be told
    await world.sweep();
  }

  /** Somebody outside may still do something: a test that sends a signal, a promise of its own. */
  async #isMoving(state: Waiting): Promise<boolean> {
    const { still, world } = this.#parts;
    const { changes } = still;
    const { writes } = world;
    for (let waitedMs = 0; waitedMs < graceMs; waitedMs += 5) {
      await pause(5);
      if (state.isOver || world.writes !== writes || still.changes !== changes) return true;
    }
    return false;
  }

  /** One at a time moves the clock. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn;
    return turn;
  }
}

function stuck(what: string, { troubles }: World): EngineError {
  const first = troubles[0];
  const trouble = first instanceof Error ? ` The harness had trouble: ${first.message}` : "";
  return new EngineError(
    "RUN_STUCK",
    `${what} Nothing that the harness knows will bring that, however much time passes.${trouble}`,
  );
}
