import { watchAttempts } from "../workers/attempt.ts";
import type { RunHint } from "../workers/hint-jobs.ts";
import { ownExistingRun } from "../workers/own-run.ts";
import type { RunLimits, TaskHint } from "../workers/run-ports.ts";
import type { Store } from "../workers/settings.ts";
import { TaskProcessor } from "../workers/task-processor.ts";
import type { Faults } from "./faults.ts";
import { HarnessHost } from "./harness-host.ts";
import { HarnessLog } from "./harness-log.ts";
import { HarnessQueues } from "./harness-queues.ts";
import type { Mocks } from "./mocks.ts";
import type { RunningAttempts } from "./running-attempts.ts";
import type { VirtualTime } from "./virtual-time.ts";

const seldomMs = 3_600_000;

/** What a worker has of the world around it. */
export interface Surroundings {
  readonly store: Store;
  readonly time: VirtualTime;
  readonly attempts: RunningAttempts;
  readonly faults: Faults;
  readonly mocks: Mocks;
  readonly limits: RunLimits;
  readonly giveRun: (hint: RunHint, how: "first" | "again") => void;
  readonly giveTask: (hint: TaskHint, how: "first" | "again") => void;
  readonly wrote: (run: string, events: number) => void;
  readonly left: (run: string) => void;
  readonly wake: (worker: string, run: string) => void;
  readonly cancelTasks: (run: string, keys: readonly string[]) => void;
  readonly newRunId: () => string;
  readonly died: (worker: HarnessWorker) => void;
  readonly trouble: (error: unknown) => void;
}

/** A worker process as far as its runs can tell: the real owner loop and the real tasks, in the process of the test. */
export class HarnessWorker {
  readonly id: string;
  readonly host: HarnessHost;
  readonly #around: Surroundings;
  readonly #processor: TaskProcessor;
  #isDead = false;

  constructor(id: string, around: Surroundings) {
    this.id = id;
    this.#around = around;
    this.host = this.#openHost();
    this.#processor = new TaskProcessor(this.host);
    this.#processor.listen().catch(around.trouble);
    this.host.others.onInlineChild = (run) => this.#take(run);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  takeRun({ run }: RunHint): void {
    this.#take(run);
  }

  #take(run: string): void {
    this.#do(async () => ownExistingRun(this.host, run, this.#limits));
  }

  takeTask(hint: TaskHint): void {
    this.#do(async () => this.#processor.take(hint));
  }

  /** Hints a run that has news and no owner. */
  async hint(run: string, cause: string): Promise<void> {
    const { infos, queues } = this.host;
    const hint = await infos.hintFor(run, cause);
    if (hint !== null) await queues.hintRun(hint);
  }

  /** Gone, as by kill -9: it writes nothing any more, and hears of nothing. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    const { time, attempts, died } = this.#around;
    time.forget(this.id);
    attempts.forget(this.id);
    this.#processor.giveUp();
    this.#processor.abandon();
    this.host.dropAll();
    died(this);
  }

  /** Where no hint gets lost, looking again and again would find nothing, and each look costs real time. */
  get #limits(): RunLimits {
    const { limits, faults } = this.#around;
    return faults.isLosing ? limits : { ...limits, recheckMs: seldomMs };
  }

  #do(work: () => Promise<unknown>): void {
    const { mocks, attempts, trouble } = this.#around;
    const watch = {
      functionOf: mocks.functionOf,
      begin: mocks.counting(() => (this.#isDead ? () => undefined : attempts.begin(this.id))),
    };
    watchAttempts(watch, () => {
      work().catch((error: unknown) => {
        if (!this.#isDead) trouble(error);
      });
    });
  }

  #openHost(): HarnessHost {
    const { store, time, giveRun, giveTask, cancelTasks, newRunId, trouble } = this.#around;
    const { redis, address, namespace, settings } = store;
    const mail = { isClosed: () => this.#isDead, run: giveRun, task: giveTask };
    return new HarnessHost({
      redis,
      address,
      namespace,
      payloadLimitBytes: settings.payloadLimitBytes,
      queues: [],
      flows: [],
      isLocal: false,
      display: {
        observe: () => undefined,
        write: () => undefined,
        note: () => undefined,
        trouble: (error) => {
          if (!this.#isDead) trouble(error);
        },
      },
      parts: {
        worker: this.id,
        log: this.#openLog(),
        queues: new HarnessQueues(redis, address, namespace.name, mail),
        clock: time.clockOf(this.id),
        cancelTasks,
        newRunId,
      },
    });
  }

  #openLog(): HarnessLog {
    const { store, faults, wrote, left, wake } = this.#around;
    return new HarnessLog(store.redis, store.namespace, {
      isDead: () => this.#isDead,
      count: (run) => faults.count(run),
      strikes: (when, commit) => faults.strikes(when, commit),
      die: () => this.die(),
      wrote,
      left,
      wake,
    });
  }
}
