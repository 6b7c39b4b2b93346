import type {
  AppendFact,
  ClaimAnswer,
  ClaimOptions,
  CommitAnswer,
  CreateRun,
  OwnerCommit,
  Ownership,
  ReopenRun,
} from "../engine/run-log.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Namespace } from "../redis/keys.ts";
import { RedisLog } from "../redis/redis-log.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { CrashPoint } from "./faults.ts";

/** What happens around the writes of one worker. */
export interface LogWatch {
  readonly isDead: () => boolean;
  readonly count: (run: string) => number;
  readonly strikes: (when: CrashPoint["when"], commit: number) => boolean;
  readonly die: () => void;
  readonly wrote: (run: string, events: number) => void;
  readonly left: (run: string) => void; // it has ended, or is blocked
  readonly wake: (worker: string, run: string) => void;
}

/** The log as one worker of a harness sees it: the real one, and a worker that is gone never hears an answer. */
export class HarnessLog extends RedisLog {
  readonly #watch: LogWatch;

  constructor(redis: RedisConnection, namespace: Namespace, watch: LogWatch) {
    super(redis, namespace);
    this.#watch = watch;
  }

  override async create(create: CreateRun): Promise<CommitAnswer> {
    return this.#write(create, create.ends, async () => super.create(create));
  }

  override async commit(commit: OwnerCommit): Promise<CommitAnswer> {
    const leaves = commit.after === "end" || commit.after === "block";
    return this.#write(commit, leaves, async () => super.commit(commit));
  }

  override async append(fact: AppendFact): Promise<CommitAnswer> {
    const wakes = (answer: CommitAnswer): void => {
      if (answer.status === "ok" && answer.owner !== "" && fact.wakeInMs === 0)
        this.#watch.wake(answer.owner, fact.run);
    };
    return this.#write(fact, false, async () => {
      const answer = await super.append(fact);
      wakes(answer);
      return answer;
    });
  }

  override async claim(run: string, worker: string, options: ClaimOptions): Promise<ClaimAnswer> {
    return this.#heard(super.claim(run, worker, options));
  }

  override async reopen(reopen: ReopenRun): Promise<CommitAnswer> {
    return this.#heard(super.reopen(reopen));
  }

  override async leave(run: string): Promise<void> {
    return this.#heard(super.leave(run));
  }

  override async readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    return this.#heard(super.readAfter(run, seen));
  }

  override async readEvent(run: string, position: number): Promise<RecordedEvent | null> {
    return this.#heard(super.readEvent(run, position));
  }

  override async takeFrom(run: string, owner: Ownership, actor: string): Promise<CommitAnswer> {
    return this.#heard(super.takeFrom(run, owner, actor));
  }

  async #write(
    { run, events }: Pick<CreateRun, "run" | "events">,
    leaves: boolean,
    write: () => Promise<CommitAnswer>,
  ): Promise<CommitAnswer> {
    const { isDead, count, strikes, die, wrote, left } = this.#watch;
    if (isDead()) return never();
    const commit = count(run);
    if (strikes("before", commit)) die();
    if (isDead()) return never();
    const answer = await write();
    if (answer.status === "ok") wrote(run, events.length);
    if (strikes("after", commit)) die();
    if (leaves) left(run);
    return isDead() ? never() : answer;
  }

  async #heard<T>(asked: Promise<T>): Promise<T> {
    const answer = await asked;
    return this.#watch.isDead() ? never() : answer;
  }
}

/** What somebody waits for who does not live any more. */
async function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
