import type { RedisAddress } from "../redis/connect.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { RunHint } from "../workers/hint-jobs.ts";
import { Queues } from "../workers/queues.ts";
import type { TaskHint } from "../workers/run-ports.ts";

/** Where the hints of a harness go. */
export interface HintMail {
  readonly isClosed: () => boolean; // the sender is gone
  readonly run: (hint: RunHint, how: "first" | "again") => void;
  readonly task: (hint: TaskHint, how: "first" | "again") => void;
}

/** Hints without BullMQ: they go from worker to worker in the process of the test. */
export class HarnessQueues extends Queues {
  readonly #mail: HintMail;

  constructor(redis: RedisConnection, address: RedisAddress, namespace: string, mail: HintMail) {
    super(redis, address, namespace);
    this.#mail = mail;
  }

  override async hintRun(hint: RunHint): Promise<void> {
    if (!this.#mail.isClosed()) this.#mail.run(hint, "first");
  }

  override async hintTasks(hints: readonly TaskHint[]): Promise<void> {
    for (const hint of hints) if (!this.#mail.isClosed()) this.#mail.task(hint, "first");
  }

  override async hintRunsAgain(hints: readonly RunHint[]): Promise<void> {
    for (const hint of hints) if (!this.#mail.isClosed()) this.#mail.run(hint, "again");
  }

  override async hintTasksAgain(hints: readonly TaskHint[]): Promise<void> {
    for (const hint of hints) if (!this.#mail.isClosed()) this.#mail.task(hint, "again");
  }
}
