import { withPinned } from "../engine/pinned-queue.ts";
import type { Slots } from "../observe/process-metrics.ts";
import { backgroundName } from "../sdk/background.ts";
import { definedFlows, definedQueues, findFlow } from "../sdk/registry.ts";
import type { RunHint } from "./hint-jobs.ts";
import type { Host } from "./host.ts";
import type { Consumer } from "./lane-consumer.ts";
import { Lingering } from "./lingering.ts";
import { ownExistingRun } from "./own-run.ts";
import { defaultLimits, type RunLimits, type TaskHint } from "./run-ports.ts";
import { Sweeper } from "./sweeper.ts";
import { takeBundle } from "./take-bundle.ts";
import { TaskPlaces } from "./task-places.ts";
import { TaskProcessor } from "./task-processor.ts";

export interface WorkerOptions {
  readonly queues: readonly string[]; // empty = each flow's own
  readonly flows: readonly string[]; // names; their code is loaded
  readonly concurrency: number; // attempts of queued tasks at the same time, per flow
  readonly runConcurrency: number; // runs at the same time, per flow; besides those that only wait
  readonly limits: RunLimits;
  readonly releaseMs: number; // at a stop, what runs so long is asked to come back
  readonly graceMs: number; // at a stop, nobody waits longer for what runs
}

export const defaultWorkerOptions: Omit<WorkerOptions, "queues" | "flows"> = {
  concurrency: 20,
  runConcurrency: 200,
  limits: defaultLimits,
  releaseMs: 1_000,
  graceMs: 20_000,
};

const lingeringPerSlot = 5; // runs that only wait are in memory besides, up to so many for each slot

const giveUpMs = 1_000; // to write down what is given up

/** Takes hints of its queues and does the work: continues runs, runs attempts of tasks, sweeps. */
export class Worker {
  readonly #host: Host;
  readonly #options: WorkerOptions;
  readonly #tasks: TaskProcessor;
  readonly #sweeper: Sweeper;
  readonly #lingering: Lingering;
  readonly #consumers: Consumer[] = [];
  readonly #slots = { runs: { used: 0, total: 0 }, tasks: { used: 0, total: 0 } };
  #listening: Promise<void> | null = null; // to what others tell about tasks
  readonly #places = new Map<string, TaskPlaces>(); // "queue/flow" -> those of that lane
  readonly #unslotted = new Set<Promise<void>>();
  #isStopping = false;

  constructor(host: Host, options: WorkerOptions) {
    this.#host = host;
    host.takeAtOnce = (hint) => this.#takeAtOnce(hint);
    this.#options = options;
    this.#lingering = new Lingering(options.runConcurrency * lingeringPerSlot);
    this.#tasks = new TaskProcessor(host);
    this.#sweeper = new Sweeper(host);
    host.others.onInlineChild = (run) => {
      ownExistingRun(host, run, options.limits).catch(this.#onTrouble);
    };
  }

  /** Serves runs and tasks of its flows, and sweeps. */
  async start(): Promise<void> {
    this.sweep();
    await Promise.all([this.serveRuns(), this.serveTasks()]);
  }

  sweep(): void {
    this.#sweeper.start();
  }

  /** Places for runs and for attempts, over all lanes, and how many are taken now. */
  get slots(): { readonly runs: Slots; readonly tasks: Slots } {
    return this.#slots;
  }

  async serveRuns(flows = this.#options.flows): Promise<void> {
    const { runConcurrency: concurrency } = this.#options;
    const consume = async (hint: RunHint): Promise<boolean> =>
      occupying(this.#slots.runs, async () => this.#takeRun(hint));
    const { queues } = this.#host;
    await this.#serve(flows, async (lane) => {
      this.#slots.runs.total += concurrency;
      return queues.consumeRuns({ ...lane, concurrency, consume, onTrouble: this.#onTrouble });
    });
  }

  /** Delayed tasks run in the process that owns their run: nobody hints them to this lane. */
  async serveTasks(flows = this.#options.flows.filter((flow) => flow !== backgroundName)): Promise<void> {
    const { concurrency } = this.#options;
    const { queues } = this.#host;
    this.#listening ??= this.#tasks.listen();
    await this.#listening;
    await this.#serve(flows, async (lane) => {
      this.#slots.tasks.total += concurrency;
      const places = new TaskPlaces(concurrency, this.#host.ports.clock);
      this.#places.set(`${lane.queue}/${lane.flow}`, places);
      const consume = async (hint: TaskHint): Promise<boolean | TaskHint> => this.#takeTask(hint, places);
      const takeBundle = this.#bundleTaker(places);
      return queues.consumeTasks({ ...lane, concurrency, consume, takeBundle, onTrouble: this.#onTrouble });
    });
  }

  #bundleTaker(places: TaskPlaces): (hints: readonly TaskHint[]) => Promise<void> {
    const { queues, ports } = this.#host;
    const bundle = {
      places,
      clock: ports.clock,
      mustStop: () => this.#isStopping,
      take: async (hint: TaskHint) => this.#takeTask(hint, places),
      giveBack: async (hints: readonly TaskHint[]) => queues.hintTasksBack(hints),
      hint: async (hint: TaskHint) => queues.hintTasks([hint]),
      onTrouble: this.#onTrouble,
    };
    return async (hints) => takeBundle(hints, bundle);
  }

  #takeTask(hint: TaskHint, places: TaskPlaces): Promise<boolean | TaskHint> {
    return places.within(() => occupying(this.#slots.tasks, () => this.#tasks.take(hint)));
  }

  /** A task whose slot of a limit has come begins here, without a way through the queue. false = there is no place */
  #takeAtOnce(hint: TaskHint): boolean {
    const places = this.#places.get(`${hint.queue}/${hint.flow}`);
    if (places === undefined || places.isFull || this.#isStopping) return false;
    const taking = this.#takeTask(hint, places).then(async (answer) => {
      if (answer === false) await this.#host.queues.hintTasksFirst([hint]);
      else if (answer !== true) await this.#host.queues.hintTasks([answer]);
    });
    this.#follow(taking);
    return true;
  }

  async #serve(
    flows: readonly string[],
    open: (lane: { readonly queue: string; readonly flow: string }) => Promise<Consumer>,
  ): Promise<void> {
    const { queues } = this.#options;
    const lanes = flows.flatMap((flow) => queuesOf(flow, queues).map((queue) => ({ queue, flow })));
    const opened = await Promise.all(lanes.map(open));
    this.#consumers.push(...opened);
    if (this.#isStopping) await Promise.all(opened.map(async (consumer) => consumer.close()));
  }

  readonly #onTrouble = (error: unknown): void => this.#host.display.trouble(error);

  /**
   * Takes nothing new, hands over the runs. Tasks under way have a second to end; then their signals say that the worker
   * stops, and who listens is begun again elsewhere, as the same attempt. The others have the grace.
   * @returns false when something had to be given up
   */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    this.#host.leaveAll();
    for (const places of this.#places.values()) places.close();
    const closing = this.#consumers.map(async (consumer) => consumer.close());
    const isClean = await this.#untilClosed(Promise.all([...closing, ...this.#unslotted]));
    await this.#sweeper.stop();
    return isClean;
  }

  async #untilClosed(closed: Promise<unknown>): Promise<boolean> {
    const { graceMs, releaseMs } = this.#options;
    if (await inTime(closed, Math.min(releaseMs, graceMs))) return true;
    this.#tasks.release();
    this.#host.releaseAll("release");
    if (await inTime(closed, Math.max(0, graceMs - releaseMs))) return true;
    this.#tasks.giveUp();
    this.#host.releaseAll("abandon");
    if (await inTime(closed, giveUpMs)) return false;
    this.#tasks.abandon(); // Redis does not answer
    this.#host.dropAll();
    await inTime(closed, giveUpMs);
    return false;
  }

  #mustStop(): boolean {
    return this.#isStopping;
  }

  /** A run that only waits lives on without its slot. */
  async #takeRun(hint: RunHint): Promise<boolean> {
    if (this.#mustStop()) return false;
    const place = this.#lingering.place();
    const living = this.#liveRun(hint, () => place.enter()).finally(() => place.leave());
    const isOver = await Promise.race([living.then(() => true), place.entered.then(() => false)]);
    if (!isOver) this.#follow(living);
    return true;
  }

  /** What goes on without a slot; a stop waits for it. */
  #follow(work: Promise<void>): void {
    const followed = work.catch(this.#onTrouble).finally(() => this.#unslotted.delete(followed));
    this.#unslotted.add(followed);
  }

  async #liveRun({ run, flow, queue }: RunHint, linger: () => boolean): Promise<void> {
    const claimed = await ownExistingRun(this.#host, run, { ...this.#options.limits, linger });
    const handedOver = claimed.how === "parked" && this.#mustStop();
    if (handedOver) await this.#host.queues.hintRun({ run, flow, queue, cause: `from-${this.#host.worker}` });
  }
}

async function occupying<T>(slots: { used: number }, work: () => Promise<T>): Promise<T> {
  slots.used += 1;
  try {
    return await work();
  } finally {
    slots.used -= 1;
  }
}

/** The queues to serve: the given ones; else the flow's own, and those that tasks name. */
export function queuesOf(flow: string, queues: readonly string[]): readonly string[] {
  const spec = findFlow(flow);
  const named = queues.length > 0 ? queues : [...new Set([spec.queue, ...definedQueues()])];
  return withPinned(spec, named);
}

async function inTime(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Flows that were defined while `load` ran. */
export async function flowsDefinedBy(load: () => Promise<unknown>): Promise<readonly string[]> {
  const before = new Set(definedFlows());
  await load();
  return definedFlows().filter((name) => !before.has(name));
}
