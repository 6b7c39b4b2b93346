import type { CommitAnswer } from "../../src/engine/run-log.ts";
import { CallCancelled } from "../../src/events/call-events.ts";
import type { Event } from "../../src/events/catalog.ts";
import { ChildEnded, ChildScheduled } from "../../src/events/child-events.ts";
import { encodeValue } from "../../src/events/codec.ts";
import {
  OwnerLost,
  RunAttemptFailed,
  RunBlocked,
  RunCancelRequested,
  RunCompleted,
  RunCreated,
  RunFailed,
  RunStarted,
  RunUnblocked,
} from "../../src/events/run-events.ts";
import { SignalAwaited, SignalReceived } from "../../src/events/signal-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskFailed,
  TaskReused,
  TaskScheduled,
  TaskStarted,
} from "../../src/events/task-events.ts";
import { TurnTaken } from "../../src/events/turn-events.ts";
import type { RedisLog } from "../../src/redis/redis-log.ts";
import { newRunId } from "./log-suite-events.ts";
import type { SimRandom } from "./sim-random.ts";

const error = { name: "Error", message: "no luck", stack: null, code: null, causes: [] };
const flows = ["orders", "report", "ingest"] as const;
const tags = ["eu", "us", "night", "retry"] as const;

export function createdEvent(random: SimRandom): Event {
  return RunCreated.make({
    flow: random.pick(flows),
    name: "brisk-otter",
    input: encodeValue([random.below(9)]),
    queue: random.pick(["default", "bulk"]),
    tags: tags.filter(() => random.below(4) === 0),
    root: null,
    createdAt: 1_700_000_000_000,
    source: null,
    traceparent: null,
    links: null,
    startAt: null,
    idempotencyKey: null,
  });
}

function scheduled(key: string, random: SimRandom): Event {
  const queue = random.below(2) === 0 ? null : "default";
  const shared = { fingerprint: 1, after: -1, site: null, overrides: null, rules: null };
  return TaskScheduled.make({
    ...shared,
    key,
    name: random.pick(["extract", "load"]),
    queue,
    input: encodeValue([]),
  });
}

/** Histories such as runs have, without the code that makes them: what projections see. */
export function historyOf(random: SimRandom): readonly (readonly Event[])[] {
  const commits: (readonly Event[])[] = [[createdEvent(random)]];
  const turn = (n: number, done = false): Event =>
    TurnTaken.make({ n, epoch: 1, elapsedMs: 0, codeHash: "c0de", flags: [], delivered: [], done });
  const keys = Array.from({ length: random.below(5) }, (_, index) => `task#${index + 1}`);
  commits.push([turn(1), RunStarted.make({ input: null }), ...keys.map((key) => scheduled(key, random))]);
  for (const key of keys) commits.push(...workOn(key, random));
  if (random.below(6) === 0) {
    commits.push([RunBlocked.make({ code: "E_DIFFERENT_CALL", message: "other", turn: 1, codeHash: "x" })]);
    if (random.below(2) === 0) return commits;
    commits.push([RunUnblocked.make({ reason: null })]);
  }
  commits.push(...waitAndRetry(random, keys[0] ?? "task#0"));
  const kind = random.below(5);
  if (kind === 0) commits.push([turn(2, true), RunFailed.make({ error, name: "Failed", message: null })]);
  else if (kind < 4)
    commits.push([
      turn(2, true),
      RunCompleted.make({ output: encodeValue(1), name: "Completed", message: null }),
    ]);
  return commits; // else it is still open
}

/** A wait for a person, a child, a call that is given up, and a flow that fails and begins again. */
function waitAndRetry(random: SimRandom, key: string): readonly (readonly Event[])[] {
  if (random.below(2) === 0) return [];
  const wait = { key: "approval#1", name: "approval", after: -1, site: null, form: null };
  const call = { key: "kid#1", run: "kid", flow: "kid", name: null, queue: null, onClose: "cancel" } as const;
  const scheduled = { ...call, input: encodeValue(1), fingerprint: 1, after: -1, site: null };
  const end = { key: "kid#1", run: "kid", state: "COMPLETED", name: "Completed", message: null } as const;
  const retryAt = 1_700_000_000_000;
  const all: readonly (readonly Event[])[] = [
    [SignalAwaited.make({ ...wait, prompt: random.below(2) === 0 ? "Ship it?" : null })],
    [ChildScheduled.make(scheduled)],
    [SignalReceived.make({ name: "approval", id: "s1", payload: encodeValue(1) })],
    [ChildEnded.make({ ...end, output: encodeValue(1), error: null })],
    [CallCancelled.make({ key, after: -1, reason: "lost the race" })],
    [TaskReused.make({ key, output: encodeValue(1), from: "cache", run: "r", of: "task#1" })],
    [RunAttemptFailed.make({ attempt: 1, maxAttempts: 3, error, retryAt })],
    [RunCancelRequested.make({ reason: null })],
  ];
  return all.filter(() => random.below(3) > 0);
}

function workOn(key: string, random: SimRandom): readonly (readonly Event[])[] {
  const commits: (readonly Event[])[] = [];
  const worker = "w9";
  let attempt = 1;
  for (; random.below(3) === 0 && attempt < 4; attempt += 1) {
    commits.push([TaskStarted.make({ key, attempt, worker })]);
    const isCrash = random.below(2) === 0;
    commits.push(
      isCrash
        ? [TaskCrashed.make({ key, attempt, worker, heartbeat: null })]
        : [
            TaskAttemptFailed.make({
              key,
              attempt,
              maxAttempts: 5,
              error,
              retryAt: 1_700_000_000_000,
              heartbeat: null,
            }),
          ],
    );
    if (random.below(4) === 0) commits.push([OwnerLost.make({ worker, epoch: attempt })]);
  }
  commits.push([TaskStarted.make({ key, attempt, worker })]);
  if (random.below(8) !== 0)
    commits.push([
      random.below(6) === 0
        ? TaskFailed.make({ key, attempt, error, name: random.below(2) === 0 ? "Failed" : "TimedOut" })
        : TaskCompleted.make({ key, attempt, output: encodeValue("done") }),
    ]);
  return commits;
}

/** Writes a run commit by commit, as facts; the last one ends it when it is an ending. Answers the run. */
export async function writeRun(log: RedisLog, history: readonly (readonly Event[])[]): Promise<string> {
  const run = newRunId();
  const [created = [], ...rest] = history;
  const owner = { worker: "w1", epoch: 1 };
  await log.create({ run, actor: "client:test", events: created, owner, ends: false, dueInMs: null });
  let batch = 1;
  for (const events of rest) {
    batch += 1;
    const isEnd = events.some(({ type }) => type === "RunCompleted" || type === "RunFailed");
    const commit = { run, actor: "worker:w1", owner, batch, seen: Number.MAX_SAFE_INTEGER };
    const answer: CommitAnswer = await log.commit({
      ...commit,
      events,
      after: isEnd ? "end" : "keep",
      dueInMs: null,
    });
    if (answer.status !== "ok") throw new Error(`The log answered ${answer.status}.`);
  }
  return run;
}
