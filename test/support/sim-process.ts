import { EngineError, isEngineError } from "../../src/base/errors.ts";
import { readHistory } from "../../src/engine/read-history.ts";
import type { ClaimAnswer, Ownership } from "../../src/engine/run-log.ts";
import { encodeValue } from "../../src/events/codec.ts";
import { RunCancelled, RunCreated } from "../../src/events/run-events.ts";
import type { TaskContext } from "../../src/sdk/context.ts";
import { checkInput } from "../../src/workers/check-input.ts";
import type { Life, LiveRun } from "../../src/workers/live-run.ts";
import { type OpenedRun, openRun } from "../../src/workers/open-run.ts";
import type { OtherRuns } from "../../src/workers/other-runs.ts";
import { resumeRun } from "../../src/workers/resume-run.ts";
import type { RunLimits, RunPorts } from "../../src/workers/run-ports.ts";
import type { SharedResults } from "../../src/workers/shared-results.ts";
import { crashesBefore } from "./past-crashes.ts";
import type { CallInput, Program } from "./programs.ts";
import { type BuiltProgram, buildProgram, rootFlow } from "./programs-build.ts";
import { simPorts } from "./sim-ports.ts";
import type { SimMail, SimWorld } from "./sim-world.ts";

export interface SimProcessOptions {
  readonly id: string;
  readonly world: SimWorld;
  readonly program: Program;
  readonly limits: RunLimits;
  readonly skewMs: number; // its clock against the clock of the log
  readonly mail: SimMail;
  readonly onEffect: (process: SimProcess, context: TaskContext) => void;
  readonly onProblem: (problem: unknown) => void;
}

/** A run that lives in a process. */
interface Living {
  live: LiveRun | null;
  owner: Ownership | null;
}

/** A worker process: owns runs and runs tasks with the real engine, over ports whose every call is a step of the world. */
export class SimProcess {
  readonly id: string;
  readonly built: BuiltProgram;
  readonly ports: RunPorts;
  readonly shared: SharedResults; // for queued tasks
  readonly #others: OtherRuns;
  readonly #options: SimProcessOptions;
  readonly #lives = new Map<string, Living>(); // by run, from claim to release
  readonly begun = new Set<string>(); // attempts of queued tasks
  isAlive = true;
  isLeaving = false; // told to stop
  isExpired = false; // its lease ran out, and it does not know

  constructor(options: SimProcessOptions) {
    const { id, world, skewMs, mail } = options;
    this.id = id;
    this.#options = options;
    this.built = buildProgram(options.program, {
      work: async (context, input) => this.#work(context, input),
      failures: ({ key, attempt, run }) =>
        attempt - 1 - crashesBefore(world.log.peek(run?.id ?? ""), key, attempt),
    });
    const onInlineChild = (run: string): void =>
      world.hint(`inline ${run}`, () => {
        if (this.canTake(run)) void this.resume(run);
      });
    const onTrouble = (error: unknown): void => this.#trouble(error);
    const { ports, others, shared } = simPorts({ id, world, skewMs, mail, onInlineChild, onTrouble });
    this.ports = ports;
    this.shared = shared;
    this.#others = others;
  }

  /** Takes hints. */
  get isOpen(): boolean {
    return this.isAlive && !this.isLeaving;
  }

  get isIdle(): boolean {
    return this.#lives.size === 0;
  }

  canTake(run: string): boolean {
    return this.isOpen && !this.#lives.has(run);
  }

  ownerOf(run: string): Ownership | null {
    return this.#lives.get(run)?.owner ?? null;
  }

  poke(run: string): void {
    this.#lives.get(run)?.live?.poke();
  }

  /** Calls the flow here: the first commit creates the run, and this process owns it. */
  async startHere(): Promise<void> {
    const { world, limits, program } = this.#options;
    const owner = { worker: this.id, epoch: 1 };
    const created = this.created();
    this.#lives.set(world.run, { live: null, owner });
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
    this.#adopt(world.run, opened);
    await this.#leave(world.run, opened.live.drive());
  }

  /** Claims a run and goes on with it; leaves it alone when somebody else has it. */
  async resume(run: string): Promise<void> {
    const { world } = this.#options;
    const living: Living = { live: null, owner: null };
    this.#lives.set(run, living);
    const claim = await this.ports.log.claim(run, this.id, { instead: null });
    if (claim.status !== "ok") return void this.#lives.delete(run);
    world.note(`${this.id} owns ${run} at epoch ${claim.owner.epoch}`);
    living.owner = claim.owner;
    await this.#leave(run, this.#continue(run, claim));
  }

  /** What `own-run.ts` does with a claimed run. */
  async #continue(run: string, claim: ClaimAnswer): Promise<Life> {
    const history = readHistory(claim.events);
    const { created, turnsTaken, inbox, beginAt, position } = history;
    const cancelled = inbox.find((fact) => fact.type === "RunCancelRequested");
    const commit = { run, actor: `worker:${this.id}`, owner: claim.owner, batch: 1 };
    if (turnsTaken === 0 && cancelled !== undefined) {
      const message = cancelled.data.reason ?? "Cancelled before it began.";
      const events = [RunCancelled.make({ name: "Cancelled", message })];
      await this.ports.log.commit({ ...commit, events, seen: position, after: "end", dueInMs: 5_000 });
      const state = {
        type: "CANCELLED",
        name: "Cancelled",
        message,
        output: undefined,
        error: null,
      } as const;
      return { how: "ended", state, endsOthers: true };
    }
    if (beginAt > claim.now) {
      const seen = Number.MAX_SAFE_INTEGER;
      const dueInMs = beginAt - claim.now;
      await this.ports.log.commit({ ...commit, events: [], seen, after: "park", dueInMs });
      return { how: "parked", isPaused: false };
    }
    return resumeRun({
      claim,
      history,
      spec: this.built.flows.get(created.data.flow)!,
      ports: this.ports,
      limits: this.#options.limits,
      onTrouble: (error) => this.#trouble(error),
      onOpen: (opened) => this.#adopt(run, opened),
    });
  }

  created(): ReturnType<typeof RunCreated.make> {
    const { world, program, skewMs } = this.#options;
    return RunCreated.make({
      flow: rootFlow,
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
    this.#lives.clear();
    this.#options.world.forget(this.id);
  }

  /** Has its lease again, and looks at what became of its runs, as a host does. */
  rejoin(): void {
    this.isExpired = false;
    for (const { live } of this.#lives.values()) live?.poke();
  }

  /** Is told to stop and gives its runs up in the middle; what it had begun goes on, as far as it can. */
  dropOut(): void {
    this.isLeaving = true;
    this.isExpired = true;
    for (const { live } of this.#lives.values()) live?.drop(new Error("The worker is stopping."));
  }

  /** Is told to stop and hands its runs over. */
  leave(): void {
    this.isLeaving = true;
    for (const { live } of this.#lives.values()) live?.leave();
  }

  #adopt(run: string, { live }: OpenedRun): void {
    const living = this.#lives.get(run);
    if (living !== undefined) living.live = live;
    if (this.isLeaving) live.leave();
  }

  async #leave(run: string, living: Promise<Life>): Promise<void> {
    const { world, onProblem, limits } = this.#options;
    const owner = this.ownerOf(run);
    let life: Life | null = null;
    try {
      life = await living;
      world.note(`${this.id} leaves ${run}: ${life.how}`);
      if (life.how === "blocked") onProblem(life.error);
      if (life.how === "ended" && life.endsOthers)
        await this.#others.tellOthers(run).catch((error: unknown) => this.#trouble(error));
    } catch (error) {
      // As a host does: nobody drives the run any more, so it is given up as if this process had died.
      if (!isEngineError(error, "REDIS_UNAVAILABLE") || owner === null) return onProblem(error);
      await world.step(this.id, "log.takeFrom", async () => world.log.takeFrom(run, owner, this.id));
    }
    this.#lives.delete(run);
    if (life?.how !== "again") return;
    const { inMs } = life;
    if (limits.parkAfterMs !== null && inMs > limits.parkAfterMs) return;
    this.ports.clock.after(inMs, () => {
      if (this.canTake(run)) void this.resume(run);
    });
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
}
