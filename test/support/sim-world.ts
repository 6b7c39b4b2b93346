import type { TaskHint } from "../../src/workers/run-ports.ts";
import { MemoryCache } from "./memory-cache.ts";
import { MemoryLog } from "./memory-log.ts";
import { MemoryPayloads } from "./memory-payloads.ts";
import { SimRandom } from "./sim-random.ts";

/** Something that an actor asked for and that has not happened yet. */
export interface SimStep {
  readonly actor: string;
  readonly label: string;
  readonly execute: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  tries: number; // executions whose answer was lost
  isOrphan: boolean; // its process is dead: executed, and nobody hears the answer
}

interface SimTimer {
  readonly actor: string;
  readonly at: number;
  readonly wake: () => void;
}

/** A message that may be lost, late or doubled. */
export interface SimHint {
  readonly label: string;
  readonly notBefore: number;
  readonly give: () => void;
}

/** Hints on their way: lost, late or doubled. */
export interface SimMail {
  readonly tasks: (hints: readonly TaskHint[]) => void;
  readonly run: (run: string) => void;
}

/** A rule that was broken while the world went on. */
export class SimViolation extends Error {
  override readonly name = "SimViolation";
}

export const startOfTime = 1_700_000_000_000;

/** The world of a simulated run and its children: a store, virtual time, and everything that is about to happen. */
export class SimWorld {
  readonly run = "sim";
  readonly random: SimRandom;
  readonly log: MemoryLog;
  readonly cache: MemoryCache; // of results that calls share
  readonly payloads = new MemoryPayloads(100);
  readonly steps: SimStep[] = [];
  readonly hints: SimHint[] = [];
  readonly trace: string[] = [];
  #timers: SimTimer[] = [];
  #ids = 0;
  now = startOfTime;
  onWake: (worker: string) => void = () => undefined;
  isAlive: (worker: string) => boolean = () => true; // its lease has not run out

  constructor(random: SimRandom) {
    this.random = random;
    this.log = new MemoryLog(() => this.now, {
      wake: (worker) => this.onWake(worker),
      ended: () => undefined,
    });
    this.cache = new MemoryCache({
      now: () => this.now,
      isAlive: (worker) => this.isAlive(worker),
      lengths: () => new Map(this.runs.map((run) => [run, this.log.peek(run).length])),
    });
  }

  note(text: string): void {
    this.trace.push(`${this.now - startOfTime} ${text}`);
  }

  /** Happens when the scheduler picks it. */
  step<T>(actor: string, label: string, execute: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // The step hands back what `execute` gave; T is lost on the list only.
      this.steps.push({
        actor,
        label,
        execute,
        resolve: resolve as (value: unknown) => void,
        reject,
        tries: 0,
        isOrphan: false,
      });
    });
  }

  after(actor: string, ms: number, wake: () => void): () => void {
    const timer: SimTimer = { actor, at: this.now + Math.ceil(ms), wake }; // clocks show whole milliseconds
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  hint(label: string, give: () => void, inMs = 0): void {
    this.hints.push({ label, give, notBefore: this.now + inMs });
  }

  /** Timers that are due; removes the one that is fired. */
  get dueTimers(): readonly SimTimer[] {
    return this.#timers.filter(({ at }) => at <= this.now);
  }

  fire(timer: SimTimer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
    timer.wake();
  }

  /** When the next thing is due that only time can bring; null = nothing is. */
  get nextInstant(): number | null {
    const instants = [
      ...this.#timers.map(({ at }) => at),
      ...this.hints.map(({ notBefore }) => notBefore),
      ...this.log.shard.due.values(),
    ].filter((at) => at > this.now);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  /** The process is gone: what it had sent may still arrive, what it waited for never comes. */
  forget(actor: string): void {
    this.#timers = this.#timers.filter((timer) => timer.actor !== actor);
    for (let index = this.steps.length - 1; index >= 0; index -= 1) {
      const step = this.steps[index];
      if (step?.actor !== actor) continue;
      const wasSent = /^(log|cache)\./.test(step.label) && this.random.isHit(0.5);
      if (wasSent) step.isOrphan = true;
      else this.steps.splice(index, 1);
    }
  }

  /** Nobody waits for anything. */
  get isQuiet(): boolean {
    return this.steps.length === 0 && this.#timers.length === 0;
  }

  /** Every run has ended, and everybody who should know it does. */
  get hasEnded(): boolean {
    const { open, due } = this.log.shard;
    return open.size === 0 && due.size === 0 && this.runs.length > 0;
  }

  /** Runs that exist, the first one first. */
  get runs(): readonly string[] {
    return [...this.log.shard.streams].filter(([, { bodies }]) => bodies.length > 0).map(([run]) => run);
  }

  newRunId(): string {
    this.#ids += 1;
    return `run${this.#ids}`;
  }
}

/** Calls `done` when `passed` has come to its end. */
export async function doneAfter(passed: Promise<void>, done: () => void): Promise<void> {
  await passed;
  done();
}

/** Resolves when every microtask has run. */
export async function quiet(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
