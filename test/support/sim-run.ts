import { toError } from "../../src/base/recorded-error.ts";
import type { Event } from "../../src/events/catalog.ts";
import type { TaskContext } from "../../src/sdk/context.ts";
import type { RunLimits, TaskHint } from "../../src/workers/run-ports.ts";
import type { Program } from "./programs.ts";
import { ProgramMaker } from "./programs-generate.ts";
import { wrongEffect } from "./sim-effects.ts";
import { unavailable } from "./sim-ports.ts";
import { SimProcess } from "./sim-process.ts";
import { SimRandom } from "./sim-random.ts";
import { sweep } from "./sim-sweep.ts";
import { runQueuedTask } from "./sim-tasks.ts";
import { SimVisitors } from "./sim-visitors.ts";
import { quiet, type SimMail, type SimStep, SimViolation, SimWorld } from "./sim-world.ts";

export interface SimOptions {
  readonly seed: number;
  readonly program?: Program; // default: made from the seed
  readonly faults?: number; // default: drawn from the seed
}

const mostSteps = 20_000;
const patience = { recheckMs: 5_000, foreignMs: 20, maxCrashes: 1_000 };
const processCount = 3;

/** One seed: a program, processes that run it, and everything that can go wrong. */
export class Simulation {
  readonly seed: number;
  readonly program: Program;
  readonly world: SimWorld;
  readonly #random: SimRandom;
  readonly #processes: SimProcess[] = [];
  readonly #limits: RunLimits;
  readonly #problems: unknown[] = [];
  readonly #mail: SimMail = { tasks: (hints) => this.#mailTasks(hints), run: (run) => this.#mailRun(run) };
  readonly #visitors: SimVisitors;
  #faults: number;
  #born = 0;
  #startsHere: boolean;

  constructor({ seed, program, faults }: SimOptions) {
    this.seed = seed;
    this.#random = new SimRandom(seed);
    this.program = program ?? new ProgramMaker(this.#random, this.#random.between(2, 14)).program();
    this.world = new SimWorld(this.#random);
    this.world.isAlive = (worker) => !this.#isGone(worker);
    this.world.onWake = (worker) => this.world.hint(`wake ${worker}`, () => this.#pokeAll(worker));
    this.#visitors = new SimVisitors(this.world, this.#mail);
    this.#faults = faults ?? this.#random.pick([0, 1, 3, 8, 20]);
    const parkAfterMs = this.#random.pick([null, 0, 200, 5_000]);
    this.#limits = { ...patience, parkAfterMs, alwaysReplay: seed % 5 === 0 };
    this.#startsHere = this.#random.isHit(0.5);
  }

  /** Goes on until the run has ended and everything that was under way is over. @throws SimViolation, or what broke */
  async play(): Promise<void> {
    for (let count = 0; count < mostSteps; count += 1) {
      await quiet();
      const [problem] = this.#problems;
      if (problem !== undefined) throw toError(problem);
      if (this.world.hasEnded && this.world.isQuiet) return;
      await this.#next();
    }
    throw new SimViolation(`The run did not end within ${mostSteps} steps.`);
  }

  #pokeAll(worker: string): void {
    for (const run of this.world.runs) this.#find(worker)?.poke(run);
  }

  async #next(): Promise<void> {
    const { world } = this;
    this.#populate();
    if (!world.hasEnded && this.#faults > 0 && this.#random.isHit(0.06)) return this.#fault();
    await this.#visitors.act();
    const drains = world.steps.filter(({ label }) => label === "drain");
    if (drains.length > 0 && this.#random.isHit(0.7)) return this.#complete(this.#random.pick(drains));
    const timers = world.dueTimers;
    const hints = world.hints.filter(({ notBefore }) => notBefore <= world.now);
    const choices = [
      ...world.steps.map((step) => async () => this.#complete(step)),
      ...timers.map((timer) => async () => world.fire(timer)),
      ...(world.hasEnded ? [] : hints.map((hint) => async () => this.#give(hint))),
    ];
    if (choices.length === 0 || this.#random.isHit(0.04)) return this.#passTime(choices.length === 0);
    await this.#random.pick(choices)();
  }

  /** Somebody is always there, and the run is asked for until it exists. */
  #populate(): void {
    while (this.#processes.filter(({ isOpen }) => isOpen).length < processCount)
      this.#processes.push(this.#bear());
    const { log, run, steps } = this.world;
    if (log.peek(run).length > 0 || steps.length > 0 || this.#processes.some(({ isIdle }) => !isIdle)) return;
    const process = this.#random.pick(this.#processes.filter((one) => one.canTake(run)));
    if (this.#startsHere) void process.startHere();
    else void this.#createOnly(process);
  }

  async #createOnly(process: SimProcess): Promise<void> {
    const events: readonly Event[] = [process.created()];
    const answer = {
      run: this.world.run,
      actor: "client:sim",
      events,
      owner: null,
      ends: false,
      dueInMs: null,
    };
    await process.ports.log.create(answer).catch(() => undefined);
    this.#mailRun(this.world.run);
  }

  #bear(): SimProcess {
    this.#born += 1;
    return new SimProcess({
      id: `w${this.#born}`,
      world: this.world,
      program: this.program,
      limits: this.#limits,
      skewMs: this.#random.isHit(0.5) ? 0 : this.#random.between(-3_000, 3_000),
      mail: this.#mail,
      onEffect: (process, context) => this.#checkEffect(process, context),
      onProblem: (problem) => this.#problems.push(problem),
    });
  }

  #mailTasks(hints: readonly TaskHint[]): void {
    for (const hint of hints) {
      const take = (): void => {
        const process = this.#random.pick(this.#processes.filter(({ isOpen }) => isOpen));
        runQueuedTask(process, hint, this.#mail).catch((error: unknown) => this.#problems.push(error));
      };
      this.world.hint(`task ${hint.key} attempt ${hint.attempt}`, take, hint.delayMs);
    }
  }

  #mailRun(run: string): void {
    this.world.hint(`run ${run}`, () => {
      const free = this.#processes.filter((one) => one.canTake(run));
      if (free.length > 0) void this.#random.pick(free).resume(run);
    });
  }

  /** Hints are lost and doubled. */
  #give(hint: SimWorld["hints"][number]): void {
    const { hints } = this.world;
    const isLost = this.#canFail(0.1);
    if (!this.#canFail(0.1)) hints.splice(hints.indexOf(hint), 1);
    this.world.note(`${isLost ? "lost hint" : "hint"} ${hint.label}`);
    if (!isLost) hint.give();
  }

  async #complete(step: SimStep): Promise<void> {
    const { world } = this;
    const { actor, label } = step;
    if (/^(log|payloads|cache)\./.test(label) && !step.isOrphan && step.tries < 3) {
      if (this.#canFail(0.03)) return this.#breakOff(step);
      if (this.#canFail(0.05)) {
        step.tries += 1;
        world.note(`${actor} ${label}: executed, answer lost, sent again`);
        await step.execute().catch(() => undefined);
        return;
      }
    }
    world.steps.splice(world.steps.indexOf(step), 1);
    if (label !== "drain") world.note(`${actor} ${label}${step.isOrphan ? " (its process is dead)" : ""}`);
    const answer = step.execute();
    if (step.isOrphan) await answer.catch(() => undefined);
    else await answer.then(step.resolve, step.reject);
  }

  /** The connection breaks, before or after the store did what it was asked for. */
  async #breakOff(step: SimStep): Promise<void> {
    if (!/^(log\.(create|commit|append|readAfter)|payloads|cache)/.test(step.label)) return;
    const { world } = this;
    world.steps.splice(world.steps.indexOf(step), 1);
    const wasExecuted = this.#random.isHit(0.5);
    world.note(`${step.actor} ${step.label}: connection broke ${wasExecuted ? "after" : "before"} it`);
    if (wasExecuted) await step.execute().catch(() => undefined);
    step.reject(unavailable());
  }

  #canFail(chance: number): boolean {
    if (this.#faults <= 0 || this.world.hasEnded || !this.#random.isHit(chance)) return false;
    this.#faults -= 1;
    return true;
  }

  #fault(): void {
    this.#faults -= 1;
    const process = this.#random.pick(this.#processes.filter(({ isAlive }) => isAlive));
    const faults: readonly (readonly [string, () => void])[] = [
      ["is killed", () => process.kill()],
      ["is killed", () => process.kill()],
      ["stops at once", () => process.dropOut()],
      ["hands over", () => process.leave()],
      ["sees a shared result get lost", () => this.world.cache.lose((keys) => this.#random.pick(keys))],
      process.isExpired && !process.isLeaving
        ? ["has its lease again", () => process.rejoin()]
        : ["is paused: its lease runs out", () => Object.assign(process, { isExpired: true })],
    ];
    const [text, happen] = this.#random.pick(faults);
    this.world.note(`${process.id} ${text}`);
    happen();
  }

  async #passTime(mustMove: boolean): Promise<void> {
    const { world } = this;
    await this.#sweep();
    if (mustMove) await this.#visitors.help();
    const next = world.nextInstant;
    if (next !== null) world.now = next;
    else if (mustMove) world.now += 1_000;
  }

  async #sweep(): Promise<void> {
    await sweep(this.world, this.#mail, (worker) => this.#isGone(worker));
  }

  /** Its lease has run out. */
  #isGone(worker: string): boolean {
    const process = this.#find(worker);
    return process === undefined || !process.isAlive || process.isExpired;
  }

  isAlive(worker: string): boolean {
    return this.#find(worker)?.isAlive === true;
  }

  #find(worker: string): SimProcess | undefined {
    return this.#processes.find(({ id }) => id === worker);
  }

  #checkEffect(process: SimProcess, context: TaskContext): void {
    const { key, attempt, run } = context;
    this.world.note(`${process.id} runs ${key} of ${run?.id ?? ""} attempt ${attempt}`);
    const wrong = wrongEffect(this.world, process, context);
    if (wrong !== null) this.#problems.push(new SimViolation(wrong));
  }
}
