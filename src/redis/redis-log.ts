import type {
  AppendFact,
  ClaimAnswer,
  ClaimOptions,
  CommitAnswer,
  CreateRun,
  OwnerCommit,
  Ownership,
  ReopenRun,
  RunLog,
} from "../engine/run-log.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { OwnerLost } from "../events/run-events.ts";
import { claimRun } from "./claim.ts";
import { type CommitWatch, CommitWriter } from "./commit.ts";
import type { CommitItem } from "./commit-item.ts";
import { EventReader } from "./event-reader.ts";
import type { Namespace } from "./keys.ts";
import { readRun } from "./read-run.ts";
import { leaveRun, reopenRun } from "./reopen.ts";
import type { RedisConnection } from "./script.ts";
import { WakeNews } from "./wake-news.ts";

const blank = {
  owner: "",
  epoch: 0,
  batch: 0,
  seen: -1,
  after: "keep",
  dueIn: -1,
  dedupe: "",
  attempt: "",
  holder: "",
  tasks: [],
} as const;

/** The log of runs on Redis streams. */
export class RedisLog implements RunLog {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  readonly #writer: CommitWriter;
  readonly #reader: EventReader;
  readonly news = new WakeNews();

  constructor(redis: RedisConnection, namespace: Namespace, watch: CommitWatch | null = null) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#writer = new CommitWriter(redis, namespace, watch);
    this.#reader = new EventReader(redis, namespace);
  }

  async create({ run, actor, events, owner, ends, dueInMs, known }: CreateRun): Promise<CommitAnswer> {
    // Without an owner, somebody will look after the run even if the hint to a worker is lost.
    const dueIn = ends ? -1 : (dueInMs ?? (owner === null ? unclaimedMs : -1));
    const ownership = owner === null ? {} : { owner: owner.worker, epoch: owner.epoch, batch: 1 };
    return this.#write({
      ...blank,
      ...ownership,
      run,
      actor,
      events,
      kind: "create",
      after: ends ? "end" : "keep",
      dueIn,
      tasks: known ?? none,
    });
  }

  commit(commit: OwnerCommit): Promise<CommitAnswer> {
    const { run, actor, events, owner, batch, seen, after, dueInMs, cancels } = commit;
    const { worker, epoch } = owner;
    const dueIn = dueInMs ?? -1;
    // Written out: this is the hot path, and spreading costs more than the encoding.
    return this.#writer.write({
      run,
      kind: "own",
      owner: worker,
      epoch,
      batch,
      seen,
      after,
      dueIn,
      dedupe: "",
      attempt: "",
      holder: "",
      tasks: cancels ?? none,
      actor,
      events,
    });
  }

  append(fact: AppendFact): Promise<CommitAnswer> {
    const { run, actor, events, dedupeKey, seen, wakeInMs, attempt, unblock, unlessEnded, upTo } = fact;
    return this.#writer.write({
      run,
      kind: "fact",
      owner: "",
      epoch: 0,
      batch: upTo ?? 0,
      seen,
      after: unblock ? "unblock" : "keep",
      dueIn: wakeInMs ?? -1,
      dedupe: dedupeKey,
      attempt: attempt === null ? "" : attemptField(run, attempt.key, attempt.attempt),
      holder: attempt?.holder ?? "",
      tasks: unlessEnded === undefined ? none : [unlessEnded],
      actor,
      events,
    });
  }

  async reopen(reopen: ReopenRun): Promise<CommitAnswer> {
    return reopenRun(this.#redis, this.#namespace, reopen);
  }

  async leave(run: string): Promise<void> {
    await leaveRun(this.#redis, this.#namespace, run);
  }

  async claim(run: string, worker: string, { instead }: ClaimOptions): Promise<ClaimAnswer> {
    return claimRun(this.#redis, this.#namespace, { run, worker, instead });
  }

  async readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    return readRun(this.#redis, this.#namespace, { run, after: seen });
  }

  async readTold(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    return this.news.take(run, seen) ?? this.readAfter(run, seen);
  }

  /** One event; null = there is none at that position. */
  async readEvent(run: string, position: number): Promise<RecordedEvent | null> {
    return this.#reader.read(run, position);
  }

  /** Takes a run from an owner that died; "fenced" when it is no longer that owner's. */
  async takeFrom(run: string, owner: Ownership, actor: string): Promise<CommitAnswer> {
    const events = [OwnerLost.make(owner)];
    return this.#write({
      ...blank,
      run,
      actor,
      events,
      kind: "lost",
      owner: owner.worker,
      epoch: owner.epoch,
    });
  }

  async #write(item: CommitItem): Promise<CommitAnswer> {
    return this.#writer.write(item);
  }
}

const unclaimedMs = 2_000;
const none: readonly string[] = [];

/** Field of the shard's `attempts`; task keys hold no blank at the end that matters, the attempt is the last word. */
export function attemptField(run: string, key: string, attempt: number): string {
  return `${run} ${attempt} ${key}`;
}
