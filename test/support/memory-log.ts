import { readHistory } from "../../src/engine/read-history.ts";
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
} from "../../src/engine/run-log.ts";
import { encodeEvent } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { OwnerLost } from "../../src/events/run-events.ts";
import { decodeBodies } from "../../src/redis/decode-bodies.ts";
import { claimInShard, eventsIn } from "./memory-claim.ts";
import {
  blankWrite,
  emptyShard,
  type MemoryShard,
  type MemoryWrite,
  streamOf,
  writeToShard,
} from "./memory-shard.ts";

/** What a store tells to whoever listens; hints, as pub/sub is. */
export interface MemorySignals {
  readonly wake: (worker: string, run: string) => void;
  readonly ended: (run: string) => void;
}

export const noSignals: MemorySignals = { wake: () => undefined, ended: () => undefined };

const unclaimedMs = 2_000;

/** The run log of `commit.lua`, `claim.lua` and `take-due.lua`, in memory; events travel as their real bytes. */
export class MemoryLog implements RunLog {
  readonly shard: MemoryShard = emptyShard();
  readonly #now: () => number;
  readonly #signals: MemorySignals;
  #calls = 0;
  readonly #peeked = new Map<string, RecordedEvent[]>();

  constructor(now: () => number, signals: MemorySignals = noSignals) {
    this.#now = now;
    this.#signals = signals;
  }

  async create({ run, actor, events, owner, ends, dueInMs, known }: CreateRun): Promise<CommitAnswer> {
    const dueIn = ends ? -1 : (dueInMs ?? (owner === null ? unclaimedMs : -1));
    const ownership = owner === null ? {} : { owner: owner.worker, epoch: owner.epoch, batch: 1 };
    const after = ends ? "end" : "keep";
    return this.#write({
      ...blankWrite,
      ...ownership,
      run,
      kind: "create",
      after,
      dueIn,
      tasks: known ?? [],
      bodies: toBodies(actor, events),
    });
  }

  async commit({
    run,
    actor,
    events,
    owner,
    batch,
    seen,
    after,
    dueInMs,
    cancels,
  }: OwnerCommit): Promise<CommitAnswer> {
    const { worker, epoch } = owner;
    const fence = { owner: worker, epoch, batch, seen };
    return this.#write({
      ...blankWrite,
      ...fence,
      run,
      kind: "own",
      after,
      dueIn: dueInMs ?? -1,
      tasks: cancels ?? [],
      bodies: toBodies(actor, events),
    });
  }

  async append({
    run,
    actor,
    events,
    dedupeKey,
    seen,
    wakeInMs,
    attempt,
    unblock,
    unlessEnded,
    upTo = 0,
  }: AppendFact): Promise<CommitAnswer> {
    const mark =
      attempt === null
        ? {}
        : { attempt: `${run} ${attempt.attempt} ${attempt.key}`, holder: attempt.holder ?? "" };
    const tasks = unlessEnded === undefined ? [] : [unlessEnded];
    const rest = { tasks, seen, dedupe: dedupeKey, dueIn: wakeInMs ?? -1, bodies: toBodies(actor, events) };
    return this.#write({
      ...blankWrite,
      ...mark,
      ...rest,
      batch: upTo,
      run,
      kind: "fact",
      after: unblock ? "unblock" : "keep",
    });
  }

  async takeFrom(run: string, owner: Ownership, actor: string): Promise<CommitAnswer> {
    const bodies = toBodies(actor, [OwnerLost.make(owner)]);
    return this.#write({ ...blankWrite, run, kind: "lost", owner: owner.worker, epoch: owner.epoch, bodies });
  }

  async reopen({ run, actor, events, seen }: ReopenRun): Promise<CommitAnswer> {
    const stream = streamOf(this.shard, run);
    const [body] = toBodies(actor, events);
    const told = { position: seen + 1, now: this.#now(), owner: "", events: [] };
    const following = stream.bodies[seen];
    if (following !== undefined && body !== undefined && Buffer.compare(following.subarray(6), body) === 0)
      return { ...told, status: "again" };
    if (this.shard.open.has(run) || stream.bodies.length !== seen)
      return { ...told, status: "exists", position: stream.bodies.length };
    this.shard.open.set(run, { epoch: 0, batch: 0, position: seen, owner: "" });
    stream.endMark = null;
    const opened = {
      ...blankWrite,
      run,
      kind: "fact" as const,
      dueIn: 0,
      bodies: body === undefined ? [] : [body],
    };
    return this.#write(opened);
  }

  async leave(run: string): Promise<void> {
    if (!this.shard.open.has(run)) this.shard.due.delete(run);
  }

  async claim(run: string, worker: string, options: ClaimOptions): Promise<ClaimAnswer> {
    return this.claimAs(run, worker, options, this.newCall());
  }

  /** A number for one claim, kept when it is sent again. */
  newCall(): number {
    this.#calls += 1;
    return this.#calls + 1_000_000;
  }

  /** A claim that may have been answered before: `call` tells. */
  async claimAs(run: string, worker: string, { instead }: ClaimOptions, call: number): Promise<ClaimAnswer> {
    const first = claimInShard(this.shard, this.#now(), { run, worker, instead, call, floor: 0 });
    if (first.status !== "ok") return first;
    const { epoch } = readHistory(first.events);
    if (epoch < first.owner.epoch) return first;
    return claimInShard(this.shard, this.#now(), {
      run,
      worker,
      instead: first.owner,
      call: this.newCall(),
      floor: epoch,
    });
  }

  async readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]> {
    return this.eventsOf(run).slice(seen);
  }

  /** Runs whose time has come and that nobody owns, or that have ended; owners of the others are told. */
  takeDue(againMs: number): { readonly open: string[]; readonly ended: string[] } {
    const { due, open } = this.shard;
    const found: string[] = [];
    const ended: string[] = [];
    for (const [run, at] of due) {
      if (at > this.#now()) continue;
      const record = open.get(run);
      if (record?.owner === "!") {
        due.delete(run);
        continue;
      }
      due.set(run, this.#now() + againMs);
      if (record === undefined) ended.push(run);
      else if (record.owner === "") found.push(run);
      else this.#signals.wake(record.owner, run);
    }
    return { open: found, ended };
  }

  eventsOf(run: string): readonly RecordedEvent[] {
    return eventsIn(this.shard, run);
  }

  /** The same, decoded once; for those who look at a run from outside, not for those who live on it. */
  peek(run: string): readonly RecordedEvent[] {
    const seen = this.#peeked.get(run) ?? [];
    this.#peeked.set(run, seen);
    const { bodies } = streamOf(this.shard, run);
    if (bodies.length > seen.length) seen.push(...decodeBodies(run, seen.length, bodies.slice(seen.length)));
    return seen;
  }

  /** Positions at which a commit ended. */
  boundariesOf(run: string): readonly number[] {
    return streamOf(this.shard, run).boundaries;
  }

  ownerOf(run: string): Ownership | null {
    const record = this.shard.open.get(run);
    if (record === undefined || record.owner === "" || record.owner === "!") return null;
    return { worker: record.owner, epoch: record.epoch };
  }

  #write(write: MemoryWrite): CommitAnswer {
    const answer = writeToShard(this.shard, write, this.#now());
    if (answer.wake !== "") this.#signals.wake(answer.wake, write.run);
    if (answer.ended) this.#signals.ended(write.run);
    const { status, position, owner, bodies } = answer;
    return {
      status,
      position,
      owner,
      now: this.#now(),
      events: decodeBodies(write.run, Math.max(write.seen, 0), bodies),
    };
  }
}

function toBodies(actor: string, events: CreateRun["events"]): Uint8Array[] {
  return events.map((event, index) => encodeEvent(event, index === 0 ? actor : null));
}
