import type { Slots } from "../observe/process-metrics.ts";
import { definedFlows, definedQueues, findFlow } from "../sdk/registry.ts";
import type { RunHint } from "./hint-jobs.ts";
import type { Host } from "./host.ts";
import { ownExistingRun } from "./own-run.ts";
import type { Consumer } from "./queues.ts";
import { defaultLimits, type RunLimits, type TaskHint } from "./run-ports.ts";
import { Sweeper } from "./sweeper.ts";
import { TaskPlaces } from "./task-places.ts";
import { TaskProcessor } from "./task-processor.ts";

export interface WorkerOptions {
  readonly queues: readonly string[]; // empty = each flow's own
  readonly flows: readonly string[]; // names; their code is loaded
  readonly concurrency: number; // attempts of queued tasks at the same time, per flow
  readonly runConcurrency: number; // runs in memory at the same time, per flow
  readonly limits: RunLimits;
  readonly graceMs: number; // for what runs, at a stop
}

export const defaultWorkerOptions: Omit<WorkerOptions, "queues" | "flows"> = {
  concurrency: 20,
  runConcurrency: 200,
  limits: defaultLimits,
  graceMs: 20_000,
};

/** Takes hints of its queues and does the work: continues runs, runs attempts of tasks, sweeps. */
export class Worker {
  readonly #host: Host;
  readonly #options: WorkerOptions;
  readonly #tasks: TaskProcessor;
  readonly #sweeper: Sweeper;
  readonly #consumers: Consumer[] = [];
  readonly #slots = { runs: { used: 0, total: 0 }, tasks: { used: 0, total: 0 } };
  #listening: Promise<void> | null = null; // to what others tell about tasks
  readonly #places = new Map<string, TaskPlaces>(); // "queue/flow" -> those of that lane
  readonly #begunAtOnce = new Set<Promise<void>>();
  #isStopping = false;

  constructor(host: Host, options: WorkerOptions) {
    this.#host = host;
    host.takeAtOnce = (hint) => this.#takeAtOnce(hint);
    this.#options = options;
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

  async serveTasks(flows = this.#options.flows): Promise<void> {
    const { concurrency } = this.#options;
    const { queues } = this.#host;
    this.#listening ??= this.#tasks.listen();
    await this.#listening;
    await this.#serve(flows, async (lane) => {
      this.#slots.tasks.total += concurrency;
      const places = new TaskPlaces(concurrency);
      this.#places.set(`${lane.queue}/${lane.flow}`, places);
      const consume = async (hint: TaskHint): Promise<boolean> => this.#takeTask(hint, places);
      return queues.consumeTasks({ ...lane, concurrency, consume, onTrouble: this.#onTrouble });
    });
  }

  async #takeTask(hint: TaskHint, places: TaskPlaces): Promise<boolean> {
    return places.within(async () => occupying(this.#slots.tasks, async () => this.#tasks.take(hint)));
  }

  /** A task whose slot of a limit has come begins here, without a way through the queue. false = there is no place */
  #takeAtOnce(hint: TaskHint): boolean {
    const places = this.#places.get(`${hint.queue}/${hint.flow}`);
    if (places === undefined || places.isFull || this.#isStopping) return false;
    const taking = this.#takeTask(hint, places)
      .then(async (isTaken) => (isTaken ? undefined : this.#host.queues.hintTasksFirst([hint])))
      .catch(this.#onTrouble)
      .finally(() => this.#begunAtOnce.delete(taking));
    this.#begunAtOnce.add(taking);
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
   * Takes nothing new, hands over the runs, waits for tasks under way, at most the grace.
   * @returns false when something had to be given up; it will be tried again elsewhere
   */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    this.#host.leaveAll();
    const closing = this.#consumers.map(async (consumer) => consumer.close());
    const closed = Promise.all([...closing, ...this.#begunAtOnce]);
    const isInTime = await inTime(closed, this.#options.graceMs);
    if (!isInTime) {
      this.#tasks.abort();
      this.#host.dropAll();
      await inTime(closed, 1_000);
    }
    await this.#sweeper.stop();
    return isInTime;
  }

  #mustStop(): boolean {
    return this.#isStopping;
  }

  async #takeRun({ run, flow, queue }: RunHint): Promise<boolean> {
    if (this.#mustStop()) return false;
    const claimed = await ownExistingRun(this.#host, run, this.#options.limits);
    const handedOver = claimed.how === "parked" && this.#mustStop();
    if (handedOver) await this.#host.queues.hintRun({ run, flow, queue, cause: `from-${this.#host.worker}` });
    return true;
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
  return queues.length > 0 ? queues : [...new Set([findFlow(flow).queue, ...definedQueues()])];
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
