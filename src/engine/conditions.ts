import type { Scope } from "./scope.ts";

interface Waiting {
  readonly isTrue: () => boolean;
  readonly scope: Scope;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * What the flow waits for in its own variables. Only a delivery can change these, so looking after each drain is enough,
 * and nothing of it has to be recorded.
 */
export class Conditions {
  #waiting: Waiting[] = [];

  /** Resolves after the next drain at which `isTrue`. Rejects with what `isTrue` throws, or when its scope is cancelled. */
  async wait(isTrue: () => boolean, scope: Scope): Promise<void> {
    const cancelled = scope.takeCancelled();
    if (cancelled !== null) throw cancelled;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ isTrue, scope, resolve, reject });
    });
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Lets the oldest one go on that has come true. @returns false when none has */
  settleNext(): boolean {
    if (this.#waiting.length === 0) return false;
    const found = this.#waiting.find((waiting) => hasCome(waiting));
    if (found === undefined) return false;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== found);
    found.resolve();
    return true;
  }

  /** @returns whether there was one in the scope */
  cancel(scope: Scope, error: Error): boolean {
    const reached = this.#waiting.filter((waiting) => scope.reaches(waiting.scope));
    this.#waiting = this.#waiting.filter((waiting) => !reached.includes(waiting));
    for (const { reject } of reached) reject(error);
    return reached.length > 0;
  }

  clear(): void {
    this.#waiting = [];
  }
}

/** One that throws has come to its end, too: its own promise says why. */
function hasCome({ isTrue, reject }: Waiting): boolean {
  try {
    return isTrue();
  } catch (thrown) {
    reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
    return true;
  }
}
