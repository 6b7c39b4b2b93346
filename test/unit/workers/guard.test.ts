import nodeCrypto, { randomInt, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { reviveError } from "../../../src/base/recorded-error.ts";
import { decodeValue } from "../../../src/events/codec.ts";
import { isType } from "../../../src/events/envelope.ts";
import { now, random, uuid } from "../../../src/sdk/deterministic.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { flow, type RecordedRun, recordRun, task } from "../../support/record-flow.ts";

/** What the guard said: code, file and line. */
const said = ({ lines }: RecordedRun): string[] =>
  lines
    .filter(({ level }) => level === "warn")
    .map(({ fields }) => `${String(fields["code"])} ${String(fields["site"])}`);

function resultOf({ events }: RecordedRun): unknown {
  const last = events.at(-1);
  if (last !== undefined && isType(last, "RunCompleted"))
    return decodeValue(last.data.output as Uint8Array, "The result");
  if (last !== undefined && isType(last, "RunFailed")) throw reviveError(last.data.error);
  throw new Error(`ended with ${last?.type}`);
}

/** `guard.test.ts` with the line of the caller. */
function here(): string {
  const line = /guard\.test\.ts:(\d+)/.exec(new Error("here").stack?.split("\n")[2] ?? "")?.[1];
  return `workers/guard.test.ts:${line}`;
}

const value = task("value", async () => ({ at: Date.now(), chance: Math.random(), id: randomUUID() }));
/** Called by flows and tasks alike. */
const stamp = (): number => Date.now();
const stampTask = task("stamp", async () => stamp());

const clocks = flow("clocks", { guard: "report" }, async () => {
  const before = [Date.now(), new Date().getTime(), Date.parse(Date()), performance.now(), now()];
  await sleep("1h");
  return { before, after: [Date.now(), new Date().getTime(), performance.now(), now()] };
});

test("in flow code clocks tell the flow's time", async () => {
  const { before, after } = resultOf(await recordRun(clocks.spec, undefined)) as Record<string, number[]>;

  const [start = 0] = before!;
  expect(before).toEqual([start, start, Math.floor(start / 1_000) * 1_000, 0, start]);
  expect(after).toEqual([start + 3_600_000, start + 3_600_000, 3_600_000, start + 3_600_000]);
});

const draws = flow("draws", { guard: "report" }, async () => {
  const first = [Math.random(), crypto.randomUUID(), randomUUID(), nodeCrypto.randomUUID()];
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const [a, b] = await Promise.all([
    value().then(() => Math.random()),
    value().then(async () => {
      await sleep("1s");
      return Math.random();
    }),
  ]);
  return [...first, bytes, a, b];
});

test("chance in flow code is the same in every replay, in branches and after awaits too, and differs from draw to draw", async () => {
  const [one, two] = [await recordRun(draws.spec, undefined), await recordRun(draws.spec, undefined)];

  const values = resultOf(one) as unknown[];
  expect(resultOf(two)).toEqual(values); // both have the same id, so both are the same run
  expect(new Set(values.map(String)).size).toBe(7);
  expect(values[1]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

const own = (guard: "off" | "report") =>
  flow(`own-${guard}`, { guard }, async () => {
    Math.random();
    randomUUID();
    return [random(), uuid()];
  });

test("the guard takes no draws from random() and uuid()", async () => {
  const guarded = await recordRun(own("report").spec, undefined);

  expect(resultOf(guarded)).toEqual(resultOf(await recordRun(own("off").spec, undefined)));
});

test("each place is said once, and only of flow code", async () => {
  const places: string[] = [];
  const shared = flow("shared", { guard: "report" }, async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await stampTask();
      stamp();
      places.push(here(), String(Date.now()));
    }
    await value();
  });

  const first = await recordRun(shared.spec, undefined);

  expect(said(first)).toEqual([
    expect.stringMatching(/^E_NONDETERMINISTIC workers\/guard\.test\.ts:\d+$/),
    `E_NONDETERMINISTIC ${places[0]}`,
  ]);
  expect(said(await recordRun(shared.spec, undefined))).toEqual([]);
});

const works: Record<string, () => Promise<unknown>> = {
  "a timer": async () => new Promise((resolve) => setTimeout(resolve, 1)),
  "a timer as a promise": async () => pause(1),
  setImmediate: async () => new Promise((resolve) => setImmediate(resolve)),
  "a file": async () => readFile(new URL(import.meta.url)),
  "a stream": async () => createReadStream(new URL(import.meta.url)).toArray(),
  "a request": async () => fetch("http://127.0.0.1:1").catch(() => null),
};

test.each(Object.entries(works))("%s in flow code is said, with its place", async (name, work) => {
  const foreign = flow(`foreign ${name}`, { guard: "report" }, async () => {
    await value();
    await Promise.all([work().then(() => undefined), value()]);
  });

  const found = said(await recordRun(foreign.spec, undefined));

  expect(found).toEqual([expect.stringMatching(/^E_FOREIGN_ASYNC workers\/guard\.test\.ts:\d+$/)]);
});

test.each(Object.entries(works))("%s fails a strict flow, and not a task", async (name, work) => {
  const working = task(`working ${name}`, async () => void (await work()));
  const strict = flow(`strict ${name}`, { guard: "strict" }, async () => {
    await working();
    await work();
    await working();
  });

  const recorded = await recordRun(strict.spec, undefined);

  expect(() => resultOf(recorded)).toThrow(/^\[E_FOREIGN_ASYNC\] Flow code at workers\/guard\.test\.ts:\d+ /);
  expect(recorded.events.filter(({ type }) => type === "TaskCompleted")).toHaveLength(1);
});

const asks: Record<string, () => unknown> = {
  "Date.now()": () => Date.now(),
  "new Date()": () => new Date(),
  "Math.random()": () => Math.random(),
  "performance.now()": () => performance.now(),
  "process.hrtime()": () => process.hrtime.bigint(),
  "crypto.randomUUID()": () => randomUUID(),
  "crypto.getRandomValues()": () => crypto.getRandomValues(new Uint8Array(1)),
  "crypto.randomInt()": () => randomInt(6),
};

test.each(Object.entries(asks))("%s throws in a strict flow, and not in a task", async (name, ask) => {
  const asking = task(`asking ${name}`, async () => void ask());
  const strict = flow(`strict ${name}`, { guard: "strict" }, async () => {
    await asking();
    ask();
  });

  const recorded = await recordRun(strict.spec, undefined);

  expect(() => resultOf(recorded)).toThrow(
    /^\[E_NONDETERMINISTIC\] Flow code at workers\/guard\.test\.ts:\d+ /,
  );
  expect(() => resultOf(recorded)).toThrow(name);
});

const innocent = flow("innocent", { guard: "strict" }, async () => {
  // oxlint-disable-next-line no-console -- users do
  console.log("said twice in a replay, and no harm done");
  const parts = [
    new Date(5).getTime(),
    Date.UTC(1970, 0, 2),
    structuredClone([1])[0],
    gzipSync("x").length > 0,
  ];
  nodeCrypto.pbkdf2Sync("a", "b", 1, 16, "sha1");
  queueMicrotask(() => undefined);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  await sleep("1s");
  await import("../../support/record-flow.ts"); // loaded: vitest asks its server for others
  return [...parts, new Date(7) instanceof Date, (await value()).id.length];
});

test("what repeats itself is no fault", async () => {
  expect(resultOf(await recordRun(innocent.spec, undefined))).toEqual([5, 86_400_000, 1, true, true, 36]);
});

test("what is written to a connection that was open before is found", async () => {
  const server = createServer().listen(0);
  const socket = connect((server.address() as { port: number }).port);
  await new Promise((resolve) => socket.once("connect", resolve));
  const pooled = flow("pooled", { guard: "report" }, async () => void socket.write("x"));

  const found = said(await recordRun(pooled.spec, undefined));
  socket.destroy();
  server.close();

  expect(found).toEqual([expect.stringMatching(/^E_FOREIGN_ASYNC workers\/guard/)]);
});

test("code that waits for the clock to move comes out of its loop", async () => {
  const spins = flow("spins", { guard: "report" }, async () => {
    const start = Date.now();
    let looks = 0;
    while (Date.now() < start + 5) looks += 1;
    return looks;
  });

  expect(resultOf(await recordRun(spins.spec, undefined))).toBeGreaterThan(1_000);
});
