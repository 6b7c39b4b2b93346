import { EngineError } from "../base/errors.ts";
import { Hash53 } from "../base/hash.ts";

/**
 * Where in the flow a call stands. Calls are counted per scope and name, so that a call which is added in one
 * branch does not shift the keys of another. Pure: the same code makes the same keys in every replay.
 */
export class Scope {
  readonly path: string; // "" for the root; else ends in "/"
  readonly parent: Scope | null; // null = the root of the flow
  readonly isShielded: boolean; // a cancellation of what is around does not reach what is in here
  cancelled: Error | null = null; // found nothing to cancel; the next call in here learns of it. null = none is pending
  readonly #counts = new Map<string, number>();
  readonly #given = new Set<string>();
  #draws = 0;
  #cancellations = 0;

  constructor(path = "", parent: Scope | null = null, isShielded = false) {
    this.path = path;
    this.parent = parent;
    this.isShielded = isShielded;
  }

  /** The root of an attempt of the flow; keys of later ones begin with "~2/", "~3/". */
  static root(attempt: number): Scope {
    return new Scope(attempt === 1 ? "" : `~${attempt}/`);
  }

  /** In no flow's reach: no cancellation comes here. */
  static apart(): Scope {
    return new Scope("", null, true);
  }

  /** The next counted key of `name`: "extract#1", "extract#2". */
  next(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${this.path}${name}#${count}`;
  }

  /** The key of a call that its author named. @throws EngineError COMMAND_REFUSED for a key that was given before */
  named(name: string, key: string): string {
    const full = `${this.path}${name}[${key}]`;
    this.reserve(full);
    return full;
  }

  /** Refuses the same full key a second time. */
  reserve(key: string): void {
    if (!this.#given.has(key)) {
      this.#given.add(key);
      return;
    }
    throw new EngineError(
      "COMMAND_REFUSED",
      `The key ${key} was used twice in one run. Keys tell calls apart when the run is replayed: let \`key\` return ` +
        `something that differs for each call.`,
      { key },
    );
  }

  child(name: string): Scope {
    return new Scope(`${this.next(name)}/`, this);
  }

  /** The same, out of reach of cancellations from around. */
  shielded(name: string): Scope {
    return new Scope(`${this.next(name)}/`, this, true);
  }

  /** Tells whether a cancellation of this scope reaches what was called in `inner`. */
  reaches(inner: Scope): boolean {
    for (let scope: Scope | null = inner; scope !== null; scope = scope.parent) {
      if (scope === this) return true;
      if (scope.isShielded) return false;
    }
    return false;
  }

  /** Tells whether `inner` is this scope or lies in it, behind a shield or not. */
  holds(inner: Scope): boolean {
    for (let scope: Scope | null = inner; scope !== null; scope = scope.parent)
      if (scope === this) return true;
    return false;
  }

  noteCancelled(): void {
    this.#cancellations += 1;
  }

  /** How many cancellations have reached this scope, from itself or from around. */
  get cancellations(): number {
    return this.#cancellations + (this.isShielded ? 0 : (this.parent?.cancellations ?? 0));
  }

  /** Takes the cancellation that is pending here or around; null = none is. */
  takeCancelled(): Error | null {
    const { cancelled } = this;
    this.cancelled = null;
    if (cancelled !== null || this.isShielded || this.parent === null) return cancelled;
    return this.parent.takeCancelled();
  }

  /** 53 bits that are the same in every replay and every attempt of `run`, and different for each draw. */
  draw(run: string): number {
    this.#draws += 1;
    return new Hash53(this.#draws).text(run).text(baseKey(this.path)).digest();
  }
}

/** The key without the attempt of the flow that it belongs to: what "~2/extract#1" is in every attempt. */
export function baseKey(key: string): string {
  return key.startsWith("~") ? key.slice(key.indexOf("/") + 1) : key;
}
