import { EngineError, isEngineError } from "../../src/base/errors.ts";
import { recordError } from "../../src/base/recorded-error.ts";
import type { Ownership } from "../../src/engine/run-log.ts";
import { encodeValue } from "../../src/events/codec.ts";
import { RunCreated } from "../../src/events/run-events.ts";
import type { RunLogger, TaskContext } from "../../src/sdk/context.ts";
import { checkInput } from "../../src/workers/check-input.ts";
import type { Clock } from "../../src/workers/clock.ts";
import type { Life, LiveRun } from "../../src/workers/live-run.ts";
import { type OpenedRun, openRun } from "../../src/workers/open-run.ts";
import { resumeRun } from "../../src/workers/resume-run.ts";
import type { RunLimits, RunPorts, TaskHint } from "../../src/workers/run-ports.ts";
import { crashesBefore } from "./past-crashes.ts";
import type { CallInput, Program } from "./programs.ts";
import { type BuiltProgram, buildProgram } from "./programs-sdk.ts";
import type { SimWorld } from "./sim-world.ts";

export const silentLog: RunLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface SimProcessOptions {
  readonly id: string;
  readonly world: SimWorld;
  readonly program: Program;
  readonly limits: RunLimits;
  readonly skewMs: number; // its clock against the clock of the log
  readonly hintTasks: (hints: readonly TaskHint[]) => void;
  readonly onEffect: (process: SimProcess, context: TaskContext) => void;
  readonly onProblem: (problem: unknown) => void;
}

/** A worker process: owns runs and runs tasks with the real engine, over ports whose every call is a step of the world. */
export class SimProcess {
  readonly id: string;
  readonly built: BuiltProgram;
  readonly ports: RunPorts;
  readonly #options: SimProcessOptions;
  readonly begun = new Set<string>(); // attempts of queued tasks
  isAlive = true;
  isLeaving = false; // told to stop
  isExpired = false; // its lease ran out, and it does not know
  live: LiveRun | null = null;
  owner: Ownership | null = null;
  #isBusy = false; // claims or lives

  constructor(options: SimProcessOptions) {
    this.id = options.id;
    this.#options = options;
    this.built = buildProgram(options.program, {
      work: async (context, input) => this.#work(context, input),
      failures: ({ key, attempt }) => {
        const events = options.world.log.peek(options.world.run);
        return attempt - 1 - crashesBefore(events, key, attempt);
      },
    });
    this.ports = this.#toPorts();
  }

  /** Takes hints. */
  get isOpen(): boolean {
    return this.isAlive && !this.isLeaving;
  }

  get isFree(): boolean {
    return this.isOpen && !this.#isBusy;
  }

  /** Calls the flow here: the first commit creates the run, and this process owns it. */
  async startHere(): Promise<void> {
    const { world, limits, program } = this.#options;
    this.#isBusy = true;
    const owner = { worker: this.id, epoch: 1 };
    const created = this.created();
    const opened = openRun({
      spec: this.built.flow,
      owner,
      created,
      run: world.run,
      input: await checkInput(this.built.flow, program.input),
      history: null,
      ports: this.ports,
      limits,
      onTrouble: (error) => this.#trouble(error),
    });
    this.#adopt(opened, owner);
    await this.#leave(opened.live.drive());
  }

  /** Claims the run and goes on with it; leaves it alone when somebody else has it. */
  async resume(): Promise<void> {
    const { world, limits } = this.#options;
    this.#isBusy = true;
    const claim = await this.ports.log.claim(world.run, this.id, { instead: null });
    if (claim.status !== "ok") {
      this.#isBusy = false;
      return;
    }
    world.note(`${this.id} owns at epoch ${claim.owner.epoch}`);
    this.owner = claim.owner;
    const resumed = resumeRun({
      claim,
      spec: this.built.flow,
      ports: this.ports,
      limits,
      onTrouble: (error) => this.#trouble(error),
      onOpen: (opened) => this.#adopt(opened, claim.owner),
    });
    await this.#leave(resumed);
  }

  created(): ReturnType<typeof RunCreated.make> {
    const { world, program, skewMs } = this.#options;
    return RunCreated.make({
      flow: "program",
      name: "sim",
      input: encodeValue(program.input),
      queue: "near",
      tags: [],
      root: null,
      createdAt: world.now + skewMs,
      source: null,
      traceparent: null,
      links: null,
      startAt: null,
      idempotencyKey: null,
    });
  }

  /** Killed: nothing of it goes on. */
  kill(): void {
    this.isAlive = false;
    this.live = null;
    this.#options.world.forget(this.id);
  }

  /** Has its lease again, and looks at what became of its run, as a host does. */
  rejoin(): void {
    this.isExpired = false;
    this.live?.poke();
  }

  /** Is told to stop and gives its run up in the middle; what it had begun goes on, as far as it can. */
  dropOut(): void {
    this.isLeaving = true;
    this.isExpired = true;
    this.live?.drop(new Error("The worker is stopping."));
  }

  /** Is told to stop and hands its run over. */
  leave(): void {
    this.isLeaving = true;
    this.live?.leave();
  }

  #adopt(opened: OpenedRun, owner: Ownership): void {
    this.live = opened.live;
    if (this.isLeaving) this.live.leave();
    this.owner = owner;
  }

  async #leave(living: Promise<Life>): Promise<void> {
    const { world, onProblem } = this.#options;
    try {
      const leave = await living;
      world.note(`${this.id} leaves: ${leave.how}`);
      if (leave.how === "blocked") onProblem(leave.error);
    } catch (error) {
      // As a host does: nobody drives the run any more, so it is given up as if this process had died.
      const { owner } = this;
      if (!isEngineError(error, "REDIS_UNAVAILABLE") || owner === null) return onProblem(error);
      await world.step(this.id, "log.takeFrom", async () => world.log.takeFrom(world.run, owner, this.id));
    }
    this.live = null;
    this.owner = null;
    this.#isBusy = false;
  }

  #trouble(error: unknown): void {
    if (error instanceof EngineError && error.code === "REDIS_UNAVAILABLE") return;
    this.#options.onProblem(error);
  }

  async #work(context: TaskContext, { path }: CallInput): Promise<void> {
    const { world, onEffect } = this.#options;
    onEffect(this, context);
    const label = `work ${path} attempt ${context.attempt}`;
    if (world.random.isHit(0.6)) return world.step(this.id, label, async () => undefined);
    await new Promise<void>((resolve) => {
      world.after(this.id, world.random.below(15_000), resolve);
    });
  }

  #toPorts(): RunPorts {
    const { world, skewMs, hintTasks } = this.#options;
    const { log, payloads } = world;
    const step = async <T>(label: string, execute: () => Promise<T>): Promise<T> =>
      world.step(this.id, label, execute);
    const clock: Clock = {
      now: () => world.now + skewMs,
      after: (ms, wake) => world.after(this.id, ms, wake),
      drain: async () => step("drain", async () => undefined),
      chance: () => world.random.next(),
    };
    return {
      worker: this.id,
      log: {
        create: async (create) => step("log.create", async () => log.create(create)),
        commit: async (commit) =>
          step(`log.commit ${commit.after} ${commit.events.length}`, async () => log.commit(commit)),
        append: async (fact) => step(`log.append ${fact.dedupeKey}`, async () => log.append(fact)),
        claim: async (run, worker, options) => {
          const call = log.newCall();
          return step("log.claim", async () => log.claimAs(run, worker, options, call));
        },
        reopen: async (reopen) => step("log.reopen", async () => log.reopen(reopen)),
        leave: async (run) => step("log.leave", async () => log.leave(run)),
        readAfter: async (run, seen) => step("log.readAfter", async () => log.readAfter(run, seen)),
      },
      payloads: {
        put: async (run, bytes, what) => step("payloads.put", async () => payloads.put(run, bytes, what)),
        get: async (run, list) => step("payloads.get", async () => payloads.get(run, list)),
      },
      clock,
      hintTasks: async (hints) => step("hint", async () => hintTasks(hints)),
      startChild: async () => undefined,
      cancelRun: async () => undefined,
      cancelTasks: () => undefined,
      newRunId: () => "child",
      observe: () => undefined,
      write: () => undefined,
    };
  }
}

/** The error of a connection that broke. */
export function unavailable(): EngineError {
  return new EngineError("REDIS_UNAVAILABLE", "Simulated.", { name: recordError(new Error("gone")).name });
}
