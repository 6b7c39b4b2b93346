import type { Clock } from "./clock.ts";
import type { Consume } from "./lane-consumer.ts";
import type { TaskHint } from "./run-ports.ts";
import type { TaskPlaces } from "./task-places.ts";

const stillMs = 200; // no place came free for so long: what waits here would wait for long
const patienceMs = 2_000; // nothing waits here for longer, whatever comes free
const againMs = 2_000; // a hint that no one here can serve, as during a deploy

export interface BundlePorts {
  readonly places: TaskPlaces;
  readonly clock: Clock;
  readonly mustStop: () => boolean; // nothing new begins here; `places.close()` tells when it changes
  readonly take: Consume<TaskHint>; // takes a place at once if there is one
  readonly giveBack: (hints: readonly TaskHint[]) => Promise<void>; // others may have them, before what else waits
  readonly hint: (hint: TaskHint) => Promise<void>;
  readonly onTrouble: (error: unknown) => void; // with one hint; the sweeper finds what it was about
}

/**
 * Begins what came in one job as places are free, and gives the rest back. Resolves when all that began has ended and
 * there is a place: until then the worker would take the next job in vain.
 */
export async function takeBundle(hints: readonly TaskHint[], ports: BundlePorts): Promise<void> {
  const { places, giveBack } = ports;
  const begun: Promise<void>[] = [];
  const patience = new Patience(ports);
  for (const hint of hints) {
    while (places.isFull && !patience.isOver()) await places.untilFree(patience.isOver);
    if (places.isFull || ports.mustStop()) break;
    begun.push(takeOne(hint, ports));
  }
  patience.forget();
  if (begun.length < hints.length) await giveBack(hints.slice(begun.length));
  await Promise.all(begun);
  await places.untilSpare();
}

/** How long hints wait here for a place: while places come free, and then another worker may have them. */
class Patience {
  readonly #ports: BundlePorts;
  readonly #since: number;
  #isOver = false;
  forget: () => void = () => undefined;

  constructor(ports: BundlePorts) {
    this.#ports = ports;
    this.#since = ports.clock.now();
    this.#watch(stillMs);
  }

  readonly isOver = (): boolean => this.#isOver || this.#ports.mustStop();

  #watch(inMs: number): void {
    const { clock, places } = this.#ports;
    this.forget = clock.after(inMs, () => {
      const now = clock.now();
      const leftMs =
        Math.min(this.#since + patienceMs, Math.max(this.#since, places.freedAt) + stillMs) - now;
      if (leftMs > 0) return this.#watch(leftMs);
      this.#isOver = true;
      places.look();
    });
  }
}

async function takeOne(hint: TaskHint, ports: BundlePorts): Promise<void> {
  try {
    const answer = await ports.take(hint);
    if (answer === false) await ports.hint({ ...hint, delayMs: againMs });
    else if (answer !== true) await ports.hint(answer);
  } catch (error) {
    ports.onTrouble(error);
  }
}
