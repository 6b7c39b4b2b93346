import type { Settlement } from "../engine/calls.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { planFor } from "../sdk/registry.ts";
import { runAttempt } from "./attempt.ts";
import { AttemptAbort } from "./attempt-abort.ts";
import type { DueTask, OpenWorkOptions } from "./due-task.ts";
import { attemptLog } from "./run-logger.ts";
import { toOutcome } from "./task-outcome.ts";

/** Attempts of tasks that run in the process of the run's owner. */
export class InlineAttempts {
  readonly #options: OpenWorkOptions;
  readonly #running = new Map<string, AttemptAbort>(); // by key; what is cancelled is not in here
  #count = 0;

  constructor(options: OpenWorkOptions) {
    this.#options = options;
  }

  /** Attempts whose function has not ended. */
  get count(): number {
    return this.#count;
  }

  /** Never rejects: what becomes of the attempt is told as a fact. */
  async run(task: DueTask): Promise<void> {
    const { ports, run, stop } = this.#options;
    const { call, attempt } = task;
    const abort = new AttemptAbort(stop);
    this.#count += 1;
    this.#running.set(call.key, abort);
    try {
      const input = call.input ?? (await this.#recordedInput(task));
      const result = await this.#attempt(task, input, abort);
      if (stop.aborted || !this.#isWanted(call.key)) return; // its next owner decides about it; or nobody waits for it
      const ended = { run: run.id, key: call.key, attempt, retry: call.task.retry };
      const outcome = toOutcome({ ...ended, results: planFor(call.task, run.flow), result }, ports);
      const { event, settlement, retryInMs } = outcome instanceof Promise ? await outcome : outcome;
      if (!this.#isWanted(call.key)) return;
      const settles = settlement === null ? null : { key: call.key, settlement };
      const next = retryInMs === null ? null : { ...task, attempt: attempt + 1, delayMs: retryInMs };
      this.#options.onFact({ event, settles, next });
    } catch (error) {
      this.#options.onTrouble(error);
    } finally {
      this.#count -= 1;
      this.#running.delete(call.key);
    }
  }

  /** The flow does not wait for it any more: its signal fires, and its result is not recorded. */
  cancel(key: string, reason: string): void {
    const abort = this.#running.get(key);
    this.#running.delete(key);
    abort?.abort(new Error(reason));
  }

  #isWanted(key: string): boolean {
    return this.#running.has(key);
  }

  async #recordedInput({ scheduled }: DueTask): Promise<Uint8Array> {
    const { ports, run } = this.#options;
    const [bytes] = await ports.payloads.get(run.id, [scheduled.data.input]);
    return bytes ?? encodeValue([]);
  }

  #attempt({ call, attempt }: DueTask, input: Uint8Array, abort: AttemptAbort): Promise<Settlement> {
    const { ports, run, epoch } = this.#options;
    const args: unknown = decodeValue(input, `The arguments of task ${call.key}`);
    return runAttempt(
      {
        spec: call.task,
        args: Array.isArray(args) ? args : [],
        run,
        key: call.key,
        attempt,
        fencing: epoch,
        timeoutMs: call.task.timeoutMs,
        log: () => attemptLog(ports, run, { key: call.key, attempt }),
        parent: "run",
        abort,
      },
      ports.clock,
    );
  }
}
