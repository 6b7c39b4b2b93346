import type { OpenCommands } from "../redis/open-commands.ts";
import type { RunningAttempts } from "./running-attempts.ts";
import type { VirtualTime } from "./virtual-time.ts";

const calmRounds = 3; // of the event loop

interface StillnessParts {
  readonly time: VirtualTime;
  readonly commands: OpenCommands;
  readonly attempts: RunningAttempts;
  readonly patienceMs: number; // a task that shows no sign of work for so long waits for time to pass
}

/** Tells when nothing more will happen unless time passes, or somebody outside does something. */
export class Stillness {
  readonly #parts: StillnessParts;

  constructor(parts: StillnessParts) {
    this.#parts = parts;
  }

  /** Grows with everything that happens. */
  get changes(): number {
    const { time, commands, attempts } = this.#parts;
    return time.changes + commands.sent + attempts.changes;
  }

  /** Fires the timers that are due, and resolves when all is still. */
  async reached(): Promise<void> {
    const { time, commands } = this.#parts;
    let seen = -1;
    let calm = 0;
    let idleMs = 0; // counted by pauses, not by the clock: a machine that is busy with others proves nothing
    for (;;) {
      const hasFired = time.fireDue();
      await nextRound();
      const { changes } = this;
      const isCalm = !hasFired && commands.open === 0 && changes === seen;
      seen = changes;
      calm = isCalm ? calm + 1 : 0;
      if (!isCalm) idleMs = 0;
      if (calm < calmRounds) continue;
      if (await this.#areTasksStill(idleMs)) return;
      idleMs += 1;
    }
  }

  async #areTasksStill(idleMs: number): Promise<boolean> {
    const { attempts, patienceMs } = this.#parts;
    if (attempts.count === 0 || attempts.isIdle) return true;
    if (attempts.hasRealWork || idleMs < patienceMs) {
      await pause(1);
      return false;
    }
    attempts.foundIdle();
    return true;
  }
}

async function nextRound(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** Real time. */
export async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref(); // one that is not seen as work of a task
  });
}
