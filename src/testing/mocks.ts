import type { TaskSpec, UserFunction } from "../engine/specs.ts";
import type { TaskContext } from "../sdk/context.ts";
import type { Task } from "../sdk/task.ts";

/** A task whose function is another one in a harness. */
export interface Mock<Args extends readonly unknown[]> {
  readonly calls: readonly (readonly [...Args])[]; // what it was called with, the oldest first; every attempt is one
  /** From now on the task's own function runs again. */
  restore(): void;
}

/** One attempt of a task that began. */
export interface BegunAttempt {
  readonly run: string;
  readonly key: string;
  readonly attempt: number;
}

/** The functions that stand in for those of tasks, by the names of the tasks, and what was run. */
export class Mocks {
  readonly #functions = new Map<string, UserFunction>();
  readonly #begun: BegunAttempt[] = [];

  mock<Args extends readonly unknown[], Result>(
    { spec }: Task<Args, Result>,
    fn: (...args: NoInfer<[...Args]>) => Result | Promise<Result>,
  ): Mock<Args> {
    const calls: (readonly [...Args])[] = [];
    const standIn = (...args: [...Args]): Result | Promise<Result> => {
      calls.push(args);
      return fn(...args);
    };
    this.#functions.set(spec.name, standIn);
    return {
      calls,
      restore: () => {
        if (this.#functions.get(spec.name) === standIn) this.#functions.delete(spec.name);
      },
    };
  }

  /** What an attempt of the task runs. */
  readonly functionOf = (spec: TaskSpec): UserFunction => this.#functions.get(spec.name) ?? spec.fn;

  /** Notes attempts of runs as they begin. */
  counting(begin: () => () => void): (context: TaskContext) => () => void {
    return ({ run, key, attempt }) => {
      if (run !== null) this.#begun.push({ run: run.id, key, attempt });
      return begin();
    };
  }

  /** How often each task of a run was begun, by key. */
  begunIn(run: string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const begun of this.#begun)
      if (begun.run === run) counts.set(begun.key, (counts.get(begun.key) ?? 0) + 1);
    return counts;
  }

  /** The same functions, for another harness. */
  copy(): Mocks {
    const copy = new Mocks();
    for (const [name, fn] of this.#functions) copy.#functions.set(name, fn);
    return copy;
  }
}
