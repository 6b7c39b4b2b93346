import type { CommitStatus } from "../../src/engine/run-log.ts";

/** `commit.lua` in memory: the same keys, the same branches in the same order. Keep the two in step. */
export interface MemoryShard {
  readonly open: Map<string, OpenRecord>;
  readonly due: Map<string, number>;
  readonly facts: Map<string, Map<string, number>>;
  readonly attempts: Map<string, string>;
  readonly streams: Map<string, MemoryStream>;
}

interface OpenRecord {
  readonly epoch: number;
  readonly batch: number;
  readonly position: number; // of the last commit by the owner
  readonly owner: string; // "" = parked, "!" = blocked
}

interface MemoryStream {
  readonly bodies: Uint8Array[];
  readonly boundaries: number[]; // positions at which a commit ended
  endMark: string | null; // "owner:epoch:batch" of the commit that ended the run
}

export interface MemoryWrite {
  readonly run: string;
  readonly kind: "create" | "own" | "fact" | "lost";
  readonly owner: string;
  readonly epoch: number;
  readonly batch: number;
  readonly seen: number; // -1 = the caller does not care
  readonly after: "keep" | "park" | "block" | "unblock" | "end";
  readonly dueIn: number; // -1 = none
  readonly dedupe: string; // "" = none
  readonly attempt: string; // "" = none
  readonly holder: string; // "" = delete
  readonly tasks: readonly string[]; // own: keys that are over; fact: that must not be over; create: facts that are known
  readonly bodies: readonly Uint8Array[];
}

interface Answer {
  readonly status: CommitStatus;
  readonly position: number;
  readonly owner: string;
  readonly bodies: readonly Uint8Array[];
  readonly wake: string; // worker to be told; "" = none
  readonly ended: boolean; // whoever waits for the run is told
}

export const blankWrite = {
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

export function emptyShard(): MemoryShard {
  return { open: new Map(), due: new Map(), facts: new Map(), attempts: new Map(), streams: new Map() };
}

export function streamOf(shard: MemoryShard, run: string): MemoryStream {
  let stream = shard.streams.get(run);
  if (stream === undefined) {
    stream = { bodies: [], boundaries: [], endMark: null };
    shard.streams.set(run, stream);
  }
  return stream;
}

export function writeToShard(shard: MemoryShard, write: MemoryWrite, now: number): Answer {
  const place: Place = {
    shard,
    write,
    now,
    stream: streamOf(shard, write.run),
    record: shard.open.get(write.run),
  };
  if (write.kind === "create") return create(place);
  const { record } = place;
  if (write.kind === "own") return own(place);
  if (record === undefined) {
    if (write.kind === "fact") shard.attempts.delete(write.attempt); // over, whatever the fact says of it
    return answer("closed", place.stream.bodies.length, "");
  }
  return write.kind === "fact" ? fact(place, record) : lost(place, record);
}

interface Place {
  readonly shard: MemoryShard;
  readonly write: MemoryWrite;
  readonly now: number;
  readonly stream: MemoryStream;
  readonly record: OpenRecord | undefined;
}

function answer(
  status: CommitStatus,
  position: number,
  owner: string,
  bodies: readonly Uint8Array[] = [],
): Answer {
  return { status, position, owner, bodies, wake: "", ended: false };
}

function append({ stream, write, now }: Place): number {
  const stamp = Buffer.alloc(6);
  stamp.writeUIntBE(now, 0, 6);
  for (const body of write.bodies) stream.bodies.push(Uint8Array.from(Buffer.concat([stamp, body])));
  if (write.bodies.length > 0) stream.boundaries.push(stream.bodies.length);
  if (write.after === "end") stream.endMark = markOf(write);
  return stream.bodies.length;
}

function markOf({ owner, epoch, batch }: MemoryWrite): string {
  return `${owner}:${epoch}:${batch}`;
}

function bodiesAfter({ stream }: Place, seen: number, length: number): readonly Uint8Array[] {
  return seen >= 0 && length > seen ? stream.bodies.slice(seen, length) : [];
}

function armDue({ shard, write, now }: Place): void {
  if (write.dueIn >= 0) shard.due.set(write.run, now + write.dueIn);
}

function create(place: Place): Answer {
  const { shard, write, stream } = place;
  const { run, owner, epoch, batch } = write;
  const [written] = stream.bodies;
  if (written !== undefined) {
    const same = Buffer.compare(written.subarray(6), write.bodies[0] ?? new Uint8Array()) === 0;
    if (!same) return answer("exists", stream.bodies.length, owner);
    const { record } = place;
    const isTaken = record !== undefined && (record.epoch !== epoch || record.owner !== owner);
    if (owner !== "" && isTaken) return answer("fenced", stream.bodies.length, record.owner);
    return answer("again", write.bodies.length, owner);
  }
  const position = append(place);
  const isEnd = write.after === "end";
  if (!isEnd) shard.open.set(run, { epoch, batch, position, owner });
  if (!isEnd && write.tasks.length > 0)
    shard.facts.set(run, new Map(write.tasks.map((key) => [key, position])));
  armDue(place);
  return { ...answer("ok", position, owner), ended: isEnd };
}

function own(place: Place): Answer {
  const { write, stream, record } = place;
  const length = stream.bodies.length;
  if (record === undefined) return answer(stream.endMark === markOf(write) ? "again" : "closed", length, "");
  if (isFenced(write, record)) return answer("fenced", length, record.owner);
  if (record.batch === write.batch) {
    const missed = bodiesAfter(place, write.seen, record.position - write.bodies.length);
    return answer("again", record.position, record.owner, missed);
  }
  if (record.owner !== write.owner) return answer("fenced", length, record.owner);
  if (write.after === "park" && length > write.seen) {
    return answer("busy", length, record.owner, bodiesAfter(place, write.seen, length));
  }
  const knowsMore = write.seen > length && write.seen < Number.MAX_SAFE_INTEGER; // a failover has lost what it knows of
  if (knowsMore) return answer("fenced", length, record.owner);
  return ownWrite(place, record);
}

/** A commit that parked or blocked the run finds it without an owner when it is sent again. */
function isFenced({ after, epoch, owner }: MemoryWrite, record: OpenRecord): boolean {
  if (record.epoch !== epoch) return true;
  const lets = after === "park" || after === "block";
  return record.owner !== owner && !(lets && (record.owner === "" || record.owner === "!"));
}

function ownWrite(place: Place, { owner }: OpenRecord): Answer {
  const { shard, write, stream } = place;
  const missed = bodiesAfter(place, write.seen, stream.bodies.length);
  const position = append(place);
  if (write.after === "end") {
    shard.open.delete(write.run);
    shard.due.delete(write.run);
    shard.facts.delete(write.run);
    armDue(place);
    return { ...answer("ok", position, owner, missed), ended: true };
  }
  const facts = factsOf(place);
  for (const key of write.tasks) facts.set(`end ${key}`, position);
  const keeper = write.after === "park" ? "" : write.after === "block" ? "!" : owner;
  shard.open.set(write.run, { epoch: write.epoch, batch: write.batch, position, owner: keeper });
  armDue(place);
  if (keeper !== owner && (write.dueIn < 0 || keeper === "!")) shard.due.delete(write.run);
  return { ...answer("ok", position, owner, missed), ended: keeper === "!" };
}

function factsOf({ shard, write }: Place): Map<string, number> {
  const facts = shard.facts.get(write.run) ?? new Map<string, number>();
  shard.facts.set(write.run, facts);
  return facts;
}

function markAttempt({ shard, write }: Place): void {
  if (write.attempt === "") return;
  if (write.holder === "") shard.attempts.delete(write.attempt);
  else shard.attempts.set(write.attempt, write.holder);
}

function fact(place: Place, record: OpenRecord): Answer {
  const { shard, write, stream } = place;
  let { owner } = record;
  const length = stream.bodies.length;
  const facts = factsOf(place);
  const recorded = write.dedupe === "" ? undefined : facts.get(write.dedupe);
  if (recorded !== undefined && write.holder === "") markAttempt(place);
  const before = recorded ?? write.tasks.map((key) => facts.get(`end ${key}`)).find((at) => at !== undefined);
  const answered = bodiesAfter(place, write.seen, write.batch > 0 ? Math.min(write.batch, length) : length);
  if (before !== undefined) return answer("again", before, owner, answered);
  const position = append(place);
  if (write.dedupe !== "") facts.set(write.dedupe, position);
  markAttempt(place);
  if (write.after === "unblock" && owner === "!") {
    owner = "";
    shard.open.set(write.run, { ...record, owner });
  }
  const wake = tellAbout(place, owner);
  return { ...answer("ok", position, owner, answered), wake };
}

/** Somebody will look after the run: its owner now, or whoever claims it when it is due. */
function tellAbout({ shard, write, now }: Place, owner: string): string {
  if (owner === "!") return "";
  if (owner !== "") return write.dueIn === 0 ? owner : "";
  if (write.dueIn < 0) return "";
  const at = now + write.dueIn;
  shard.due.set(write.run, Math.min(at, shard.due.get(write.run) ?? at));
  return "";
}

function lost(place: Place, record: OpenRecord): Answer {
  const { shard, write, stream, now } = place;
  if (record.epoch !== write.epoch || record.owner !== write.owner)
    return answer("fenced", stream.bodies.length, record.owner);
  const position = append(place);
  shard.open.set(write.run, { ...record, position, owner: "" });
  shard.due.set(write.run, now);
  return answer("ok", position, "");
}
