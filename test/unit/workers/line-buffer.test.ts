import { beforeEach, expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import { unpackLine } from "../../../src/observe/kept-line.ts";
import type { RunLine } from "../../../src/observe/run-line.ts";
import type { Clock } from "../../../src/workers/clock.ts";
import { type LineBatch, LineBuffer, type LineLimits } from "../../../src/workers/line-buffer.ts";

/** A clock that stands still until it is told to go on. */
class HandClock implements Clock {
  #now = 1_000;
  #timers: { at: number; wake: () => void }[] = [];

  now = (): number => this.#now;
  chance = (): number => 0;
  drain = (done: () => void): void => {
    setImmediate(done);
  };

  after = (ms: number, wake: () => void): (() => void) => {
    const timer = { at: this.#now + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get timers(): number {
    return this.#timers.length;
  }

  async go(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
    await settle();
  }
}

const settle = async (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const away = new EngineError("REDIS_UNAVAILABLE", "away");

let clock: HandClock;
let sent: LineBatch[][];
let troubles: unknown[];
let answer: () => Promise<void>; // of Redis

beforeEach(() => {
  clock = new HandClock();
  sent = [];
  troubles = [];
  answer = async () => undefined;
});

/** Redis does not answer until the returned function is called. */
function hold(): () => void {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  answer = async () => gate;
  return release;
}

function open(limits: Partial<LineLimits> = {}): LineBuffer {
  return new LineBuffer({
    worker: "w1",
    clock,
    append: async (batches) => {
      sent.push([...batches]);
      await answer();
    },
    onTrouble: (error) => troubles.push(error),
    limits,
  });
}

const line = (message: string): RunLine => ({
  time: clock.now(),
  level: "info",
  task: null,
  attempt: 0,
  after: null,
  message,
  fields: {},
});

const say = (buffer: LineBuffer, run: string, ...messages: readonly string[]): void => {
  for (const message of messages) buffer.add(run, line(message));
};

const told = (): string[] =>
  sent.flat().flatMap(({ run, lines }) => lines.map((text) => `${run}: ${unpackLine(text)?.message}`));

test("without lines it does nothing, not even wait", async () => {
  const buffer = open();

  buffer.flush();
  await clock.go(1_000);

  expect([sent.length, clock.timers]).toEqual([0, 0]);
  expect(await buffer.close(1_000)).toBe(0);
});

test("lines wait 100 ms for others, then go together, in order, by run", async () => {
  const buffer = open();

  say(buffer, "r1", "a", "b");
  await clock.go(99);
  say(buffer, "r2", "c");
  expect(sent).toEqual([]);
  await clock.go(1);

  expect(sent.length).toBe(1);
  expect(told()).toEqual(["r1: a", "r1: b", "r2: c"]);
  expect(clock.timers).toBe(0);
});

test("many lines do not wait, and a flush waits for nothing", async () => {
  const buffer = open({ flushLines: 3 });

  say(buffer, "r1", "a", "b", "c");
  expect(told().length).toBe(3);
  await settle();
  say(buffer, "r1", "d");
  buffer.flush();

  expect(told().length).toBe(4);
});

test("one batch is under way at a time; what comes meanwhile follows it", async () => {
  const release = hold();
  const buffer = open({ flushLines: 1, batchLines: 2 });

  say(buffer, "r1", "a", "b", "c", "d");
  await clock.go(1_000);
  expect(told()).toEqual(["r1: a"]);
  release();
  await settle();

  expect(sent.map((batches) => batches.flatMap(({ lines }) => lines).length)).toEqual([1, 2, 1]);
  expect(told()).toEqual(["r1: a", "r1: b", "r1: c", "r1: d"]);
});

test("while Redis is away the oldest lines are dropped, and a line says how many", async () => {
  const release = hold();
  const buffer = open({ flushLines: 1, lines: 3 });

  say(buffer, "r1", "under way", "old 1", "old 2");
  say(buffer, "r2", "old 3");
  say(buffer, "r1", "new 1", "new 2", "new 3");
  release();
  await settle();

  const lost = (count: string) => `${count} lost: Redis did not take them in time`;
  expect(told()).toEqual([
    "r1: under way",
    `r1: ${lost("2 log lines were")}`,
    "r1: new 1",
    "r1: new 2",
    "r1: new 3",
    `r2: ${lost("1 log line was")}`,
  ]);
  const numbers = sent
    .flat()
    .filter(({ run }) => run === "r1")
    .flatMap(({ lines }) => lines.map((text) => unpackLine(text)?.n ?? 0));
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other)); // or readers would take them for repeats
});

test("long lines count by their size", async () => {
  answer = async () => new Promise(() => undefined);
  const buffer = open({ flushLines: 1, characters: 5_000 });

  say(buffer, "r1", "x", "y".repeat(3_000), "z".repeat(3_000));

  expect(await closed(buffer)).toBe(3);
});

test("a refused batch is tried again after a pause, and nothing is sent meanwhile", async () => {
  answer = async () => {
    throw away;
  };
  const buffer = open({ flushLines: 1 });

  say(buffer, "r1", "a");
  await settle();
  say(buffer, "r1", "b");
  await clock.go(999);
  expect([sent.length, troubles.length]).toEqual([1, 1]);
  answer = async () => undefined;
  sent = [];
  await clock.go(1);

  expect(told()).toEqual(["r1: a", "r1: b"]);
  expect(await buffer.close(1_000)).toBe(0);
});

test("a stop sends the rest", async () => {
  const buffer = open();

  say(buffer, "r1", "a", "b");

  expect(await buffer.close(1_000)).toBe(0);
  expect(told()).toEqual(["r1: a", "r1: b"]);
  expect(clock.timers).toBe(0);
});

test("a stop gives up what Redis does not take, and says how much it was", async () => {
  answer = async () => new Promise(() => undefined);
  const buffer = open({ batchLines: 2 });
  say(buffer, "r1", "a", "b", "c");

  expect(await closed(buffer)).toBe(3);
});

async function closed(buffer: LineBuffer): Promise<number> {
  const closing = buffer.close(1_000);
  await settle();
  await clock.go(1_000);
  return closing;
}
