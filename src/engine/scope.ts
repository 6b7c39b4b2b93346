import { EngineError } from "../base/errors.ts";
import { Hash53 } from "../base/hash.ts";

/**
 * Where in the flow a call stands. Calls are counted per scope and name, so that a call which is added in one
 * branch does not shift the keys of another. Pure: the same code makes the same keys in every replay.
 */
export class Scope {
  readonly path: string; // "" for the root; else ends in "/"
  readonly #counts = new Map<string, number>();
  readonly #given = new Set<string>();
  #draws = 0;

  constructor(path = "") {
    this.path = path;
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
    return new Scope(`${this.next(name)}/`);
  }

  /** 53 bits that are the same in every replay of `run`, and different for each draw. */
  draw(run: string): number {
    this.#draws += 1;
    return new Hash53(this.#draws).text(run).text(this.path).digest();
  }
}
