import type { Execution } from "../engine/execution.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { currentContext, type FlowContext } from "../sdk/context.ts";
import { FlowWatch, type Watching } from "./flow-watch.ts";
import { guardModeOf } from "./guard-mode.ts";
import { guardGlobals } from "./guarded-globals.ts";
import { hearForeignWork } from "./hear-foreign-work.ts";

const lingerMs = 1_000; // the next run of a script comes at once, and would put everything in place again

/**
 * Watches flow code of this process: nothing is touched before the first watched run, nor some time after the last one.
 * Outside of watched flow code everything answers as always.
 */
class Guard {
  readonly #watched = new Map<Execution, FlowWatch>();
  #undo: (() => void) | null = null;
  #lingering: NodeJS.Timeout | null = null;

  enter(watch: FlowWatch): void {
    this.#watched.set(watch.execution, watch);
    if (this.#lingering !== null) clearTimeout(this.#lingering);
    this.#lingering = null;
    this.#undo ??= this.#install();
  }

  leave({ execution }: FlowWatch): void {
    this.#watched.delete(execution);
    if (this.#watched.size > 0 || this.#lingering !== null) return;
    this.#lingering = setTimeout(() => this.#uninstall(), lingerMs).unref();
  }

  #install(): () => void {
    const find = (): Watching | null => this.#find();
    const undos = [hearForeignWork(find), guardGlobals(find)];
    return () => {
      for (const undo of undos) undo();
    };
  }

  #uninstall(): void {
    this.#lingering = null;
    this.#undo?.();
    this.#undo = null;
  }

  /** The watch of the code that runs now; null = it is no watched flow code. */
  #find(): Watching | null {
    const context = currentContext();
    if (context?.kind !== "flow") return null;
    const watch = this.#watched.get(context.execution);
    return watch === undefined ? null : { watch, context };
  }
}

const guard = new Guard(); // hooks belong to the process
const watches = new WeakMap<AbortSignal, FlowWatch>(); // of runs, by the signal that they leave this process

function leave(stop: AbortSignal): void {
  const watch = watches.get(stop);
  if (watch !== undefined) guard.leave(watch);
}

export interface WatchedFlow {
  readonly spec: FlowSpec;
  readonly context: FlowContext;
  readonly stop: AbortSignal; // the run leaves this process
}

/** Calls the flow function, and watches what it does until the run leaves this process. Must be called in its context. */
export function guarded({ spec, context, stop }: WatchedFlow, fn: () => Promise<unknown>): Promise<unknown> {
  const mode = stop.aborted ? null : guardModeOf(spec, context.run.id);
  if (mode === null) return fn();
  const watch = new FlowWatch({ mode, context });
  guard.enter(watch);
  const before = watches.get(stop);
  watches.set(stop, watch);
  if (before === undefined) stop.addEventListener("abort", () => leave(stop), { once: true });
  else guard.leave(before); // the code of the run began again
  return mode === "strict" ? Promise.race([fn(), watch.broken]) : fn();
}
