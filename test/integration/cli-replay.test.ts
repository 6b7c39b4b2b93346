import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene } from "../support/cli.ts";

const scene = new CliScene(inject("redisUrl"));
const redis = new Redis(inject("redisUrl"));
const effects = scene.effectsFile;

/** A file of flows; tasks leave a mark, so that a replay that runs one is seen. */
function code(changes: readonly (readonly [from: string, to: string])[] = []): string {
  let text = `
    import { appendFileSync } from "node:fs";
    import { asCompleted, flow, isMain, sleep, task, taskContext } from "millrace";
    const mark = (what: string) => appendFileSync(${JSON.stringify(effects)}, what + " " + process.pid + "\\n");
    const add = task("add", async (one: number, other: number) => (mark("add"), one + other));
    const tax = task("tax", async (n: number) => (mark("tax"), n * 2));
    const big = task("big", async () => (mark("big"), "x".repeat(100_000)));
    const flaky = task("flaky", { retries: 2, retryDelay: "1ms" }, async () => {
      mark("flaky");
      if (taskContext().attempt < 3) throw new Error("not yet");
      return 7;
    });
    const refuse = task("refuse", async (): Promise<number> => { throw new RangeError("no seats left"); });
    export const plain = flow("plain", async () => add(await add(1, 2), 3));
    export const retried = flow("retried", async () => flaky());
    export const mapped = flow("mapped", async () => {
      const sums: number[] = [];
      for await (const sum of asCompleted(add.map([1, 2, 3], 10))) sums.push(await sum.result());
      return sums;
    });
    export const rests = flow("rests", async () => { await sleep("5ms"); return add(2, 2); });
    export const race = flow("race", async () => Promise.race([add(1, 1), sleep("2s").then(() => 0)]));
    export const fails = flow("fails", async () => refuse());
    export const large = flow("large", async () => (await big()).length);
    if (isMain(import.meta)) {
      await Promise.all([plain(), retried(), mapped(), rests(), race(), large()]);
      await fails().catch(() => undefined);
    }`;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`The code has no ${from}.`);
    text = text.replace(from, to);
  }
  return text;
}

const file = scene.write("flows.ts", code());
const dir = join(scene.home, "histories");

/** Every key of the namespace with a digest of its value; one of BullMQ's expires by itself. */
async function contents(): Promise<ReadonlyMap<string, string>> {
  const all = await redis.keys(`mr:{${scene.namespace}:*`);
  const keys = all.filter((key) => !key.endsWith(":stalled-check"));
  const dumps = await Promise.all(
    keys.toSorted().map(async (key) => [key, await redis.dumpBuffer(key)] as const),
  );
  return new Map(
    dumps.map(([key, bytes]) => [key, createHash("sha256").update(bytes).digest("hex")] as const),
  );
}

beforeAll(async () => {
  const { code: exit, err } = await scene.script(file, []).ended;
  expect(exit, err).toBe(0);
});
afterAll(async () => {
  redis.disconnect();
  await scene.end();
});

describe("millrace replay", () => {
  test("finds the code that recorded the runs the same, and has no effect", async () => {
    const before = await contents();
    const done = scene.effects();

    const reports = await scene.json(["replay", "--file", "flows.ts", "--json"]);
    const { code: exit, out } = await scene.run(["replay", "--file", "flows.ts"]);

    expect(reports.at(-1)).toEqual({ summary: { same: 7, diverged: 0, unreadable: 0 } });
    expect(new Set(reports.slice(0, -1).map(({ flow }) => flow)).size).toBe(7);
    for (const report of reports.slice(0, -1)) {
      expect(report).toMatchObject({ result: "same", problem: null });
      expect(report.turns).toBeGreaterThan(1);
      expect(report.recordedHash).toBe(report.codeHash);
    }
    expect(exit).toBe(0);
    expect(out).toContain("Replayed 7 runs: 7 same, 0 diverged, 0 unreadable.");
    expect(before.size).toBeGreaterThan(7);
    expect(await contents()).toEqual(before);
    expect(scene.effects()).toEqual(done);
  });

  test.each([
    ["E_DIFFERENT_CALL", "plain", "add(await add(1, 2), 3)", "tax(await add(1, 2))"],
    ["E_INPUT", "plain", "add(await add(1, 2), 3)", "add(await add(1, 2), 4)"],
    ["E_MISSING_CALL", "race", `Promise.race([add(1, 1), sleep("2s").then(() => 0)])`, "add(1, 1)"],
    [
      "E_EXTRA_CALL",
      "retried",
      "async () => flaky()",
      "async () => { const seven = flaky(); void tax(1); return seven; }",
    ],
    ["E_RESULT", "large", "(await big()).length", "(await big()).length + 1"],
    ["E_EARLY_END", "rests", `await sleep("5ms"); return add(2, 2)`, `await sleep("5ms"); return 4`],
    ["E_NOT_DONE", "mapped", "return sums", "return new Promise<number[]>(() => undefined)"],
    ["E_RESULT", "fails", "async () => refuse()", "async () => refuse().catch(() => 0)"],
  ])("tells %s of flow %s", async (divergence, flow, from, to) => {
    const name = `${divergence}-${flow}.ts`;
    scene.write(name, code([[from, to]]));
    const before = await contents();

    const { code: exit, out } = await scene.run(["replay", "-f", name, "--json"]);

    const reports = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const different = reports.filter(({ result }) => result === "diverged");
    expect(different).toMatchObject([{ flow, problem: { code: divergence, turn: expect.any(Number) } }]);
    expect(different[0].codeHash).not.toBe(different[0].recordedHash);
    expect(reports.at(-1)).toEqual({ summary: { same: 6, diverged: 1, unreadable: 0 } });
    expect(exit).toBe(1);
    expect(await contents()).toEqual(before);
  });

  test("shows people both calls with their places and the versions of the code", async () => {
    scene.write("taxed.ts", code([["add(await add(1, 2), 3)", "tax(await add(1, 2))"]]));

    const { code: exit, out } = await scene.run(["replay", "--file", "taxed.ts", "--flow", "plain"]);

    expect(exit).toBe(1);
    expect(out).toMatch(/^diverged {4}\w{26} {2}run '[\w-]+' of flow 'plain'$/m);
    expect(out).toMatch(/recorded: task add#2 .*scheduled at \S*flows\.ts:\d+ \(code \w+\)/);
    expect(out).toMatch(/code now: task tax#1 .*scheduled at \S*taxed\.ts:\d+ \(code \w+\)/);
    expect(out).toContain("Replayed 1 run: 0 same, 1 diverged, 0 unreadable.");
    expect(out).not.toContain("is blocked");
  });

  test("takes the newest runs, or those that are named, and refuses flows that the file does not define", async () => {
    const last = await scene.json(["replay", "-f", "flows.ts", "--last", "2", "--json"]);
    const all = await scene.json(["replay", "-f", "flows.ts", "--json"]);
    const one = await scene.json(["replay", "-f", "flows.ts", "--run", all[3].run.slice(0, 26), "--json"]);
    const strange = await scene.run(["replay", "-f", "flows.ts", "--flow", "other"]);
    const nothing = await scene.run(["replay"]);

    expect(last.map(({ run }) => run)).toEqual([all[0].run, all[1].run, undefined]);
    expect(one).toEqual([all[3], { summary: { same: 1, diverged: 0, unreadable: 0 } }]);
    expect(strange).toMatchObject({ code: 2, err: expect.stringContaining("does not define flow") });
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining("--file") });
  });
});

describe("millrace export and import", () => {
  test("bring the histories elsewhere, where they are replayed and looked at", async () => {
    const exported = await scene.json(["export", "--last", "50", "--to", dir, "--json"]);
    const there = { MILLRACE_NAMESPACE: `${scene.namespace}-2` };
    const imported = await scene.json(["import", dir, "--json"], there);
    const again = await scene.json(["import", dir, "--json"], there);

    expect(exported).toHaveLength(7);
    expect(readdirSync(dir).toSorted()).toEqual(
      exported.map(({ run }) => `${run}.history.ndjson`).toSorted(),
    );
    expect(imported.map(({ added, events }) => added === events && events > 3)).toEqual(Array(7).fill(true));
    expect(again.map(({ added }) => added)).toEqual(Array(7).fill(0));
    const rows = await scene.json(["runs", "ls", "--json"]);
    expect(await scene.json(["runs", "ls", "--json"], there)).toEqual(rows);
    expect(await scene.json(["projections", "verify", "--json"], there)).toMatchObject([{ isEqual: true }]);
    const replayed = async (...args: Parameters<typeof scene.json>): Promise<unknown[]> =>
      (await scene.json(...args)).toSorted((one, other) => String(one.run).localeCompare(String(other.run)));
    const reports = await replayed(["replay", "-f", "flows.ts", "--json"]);
    expect(await replayed(["replay", "-f", "flows.ts", "--json"], there)).toEqual(reports);
    expect(await replayed(["replay", "-f", "flows.ts", "--from", dir, "--json"])).toEqual(reports);
  });

  test("a damaged file is unreadable; the others are replayed", async () => {
    const [first = ""] = readdirSync(dir);
    const cut = readFileSync(join(dir, first), "utf8").split("\n").slice(0, -2).join("\n");
    for (const name of readdirSync(dir)) scene.write(`cut/${name}`, readFileSync(join(dir, name), "utf8"));
    const path = scene.write(`cut/${first}`, `${cut}\n`);

    const { code: exit, out } = await scene.run(["replay", "-f", "flows.ts", "--from", "cut"]);
    const refused = await scene.run(["import", path], { MILLRACE_NAMESPACE: `${scene.namespace}-3` });

    expect(exit).toBe(4);
    expect(out).toMatch(/^unreadable {2}\w{26}/m);
    expect(out).toContain("EVENT_UNREADABLE: cut/");
    expect(out).toContain("Replayed 7 runs: 6 same, 0 diverged, 1 unreadable.");
    expect(refused).toMatchObject({
      code: 4,
      err: expect.stringContaining("as many lines as its header says"),
    });
  });

  test("refuse what cannot be", async () => {
    scene.write("none/readme.md", "");

    const which = await scene.run(["export", "--to", dir]);
    const nowhere = await scene.run(["replay", "-f", "flows.ts", "--from", "no-such-dir"]);
    const empty = await scene.run(["replay", "-f", "flows.ts", "--from", "none"]);
    const nothing = await scene.run(["import", "none"]);

    expect(which).toMatchObject({ code: 2, err: expect.stringContaining("--last 20") });
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining("no-such-dir cannot be read") });
    expect(empty).toMatchObject({ code: 2, err: expect.stringContaining("no history of") });
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining("no history in none") });
  });
});

test("a run that is open is replayed as far as it has come; one that is damaged is unreadable", async () => {
  const open = (ms: string): string => `
    import { flow, isMain, sleep, task } from "millrace";
    const one = task("one", async () => 1);
    export const open = flow("open", async () => { await one(); await sleep("${ms}"); });
    if (isMain(import.meta)) await open();`;
  const sleeping = scene.script(scene.write("open.ts", open("1h")), []);
  await sleeping.until(/Sleeping/);
  await sleeping.end("SIGTERM");
  scene.write("longer.ts", open("2h"));

  const [report, summary] = await scene.json(["replay", "-f", "open.ts", "--json"]);
  const [longer] = await scene.json(["replay", "-f", "longer.ts", "--json"]);
  const { run } = report;
  const there = { MILLRACE_NAMESPACE: `${scene.namespace}-4` };
  await scene.run(["export", run, "--to", "open"]);
  await scene.run(["import", "open"], there);
  const [before] = await scene.json(["runs", "ls", "--json"], there);
  const [key = ""] = await redis.keys(`mr:{${scene.namespace}:*:run:${run}`);
  await redis.xadd(key, "100-0", "e", "from outside");
  const damaged = await scene.run(["replay", "-f", "open.ts"]);
  const left = await scene.run(["export", run, "--to", "damaged"]);

  expect(report).toMatchObject({ flow: "open", result: "same", turns: 2 });
  expect(summary).toEqual({ summary: { same: 1, diverged: 0, unreadable: 0 } });
  expect(before).toMatchObject({ id: run, ended: null });
  expect(await redis.keys(`mr:{${scene.namespace}-4:*:open`)).toEqual([]); // so no worker takes it
  expect(await redis.keys(`mr:{${scene.namespace}-4:*:due`)).toEqual([]);
  expect(longer).toMatchObject({ run, problem: { code: "E_INPUT", turn: 2 } });
  expect(damaged.code).toBe(4);
  expect(damaged.out).toContain(`unreadable  ${run}`);
  expect(damaged.out).toContain("EVENT_UNREADABLE: ");
  expect(left).toMatchObject({ code: 4, out: "", err: expect.stringContaining(run) });
});
