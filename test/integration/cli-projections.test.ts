import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import { runSummaryVersion } from "../../src/projections/all.ts";
import { packDocument, unpackDocument } from "../../src/projections/document.ts";
import { newSummary } from "../../src/projections/run-summary.ts";
import { connect, toAddress } from "../../src/redis/connect.ts";
import { viewKeys } from "../../src/redis/keys.ts";
import { readBuilds } from "../../src/redis/view-builds.ts";
import { currentSet } from "../../src/workers/projection-set.ts";
import { CliScene, fixture, type Running } from "../support/cli.ts";
import { waitUntil } from "../support/wait-until.ts";

const greetings = fixture("greetings.ts");
const scene = new CliScene(inject("redisUrl"));
const namespace = { name: scene.namespace, shards: 16 };
const { redis } = await connect(toAddress(inject("redisUrl")));
let worker: Running;
beforeAll(async () => {
  worker = await scene.worker(greetings);
  await scene.run(["run", "hello", "-p", "name=Ada", "-t", "red", "-t", "blue", "--watch"]);
  await scene.run(["run", "hello", "-p", "name=Bob", "-t", "red", "--watch"]);
  await scene.run(["run", "fails", "--watch"]);
  await scene.run(["run", "waits"]);
});
afterAll(async () => {
  redis.disconnect();
  await scene.end();
});

/** The keys of the documents in use that hold a run. */
async function keysOf(run: string) {
  const shard = shardOf(run, namespace.shards);
  const { live } = await readBuilds(redis, namespace, shard, currentSet.signature);
  return viewKeys(namespace, shard, live!);
}

const flowsOf = (rows: readonly { readonly flow: string }[]): readonly string[] =>
  rows.map(({ flow }) => flow);

describe("millrace runs ls", () => {
  test.each([
    [
      ["--tag", "red"],
      ["hello", "hello"],
    ],
    [["--tag", "red", "--tag", "blue"], ["hello"]],
    [
      ["--state", "failed", "--state", "COMPLETED"],
      ["fails", "hello", "hello"],
    ],
    [["--param", "name=Bob"], ["hello"]],
    [["--since", "1h", "--queue", "default", "--flow", "fails"], ["fails"]],
    [["--until", "1h"], []],
    [["--state", "Suspended"], []],
  ])("%j", async (options, expected) => {
    const rows = await scene.json(["runs", "ls", "--json", ...options]);

    expect(flowsOf(rows)).toEqual(expected);
  });

  test("gives in pages what it gives at once, and counts as many", async () => {
    const all = await scene.json(["runs", "ls", "--json", "--all"]);
    const first = await scene.json(["runs", "ls", "--json", "-n", "3", "--next-cursor"]);
    const cursor = first.at(-1).nextCursor;
    const second = await scene.json(["runs", "ls", "--json", "-n", "3", "--next-cursor", "--cursor", cursor]);
    const count = await scene.run(["runs", "ls", "--count"]);
    const running = await scene.json(["runs", "ls", "--count", "--state", "running", "--json"]);

    expect(flowsOf(all)).toEqual(["waits", "fails", "hello", "hello"]);
    expect([...first.slice(0, -1), ...second.slice(0, -1)].map(({ id }) => id)).toEqual(
      all.map(({ id }) => id),
    );
    expect(second.at(-1)).toEqual({ nextCursor: null });
    expect(count.out).toBe("4\n");
    expect(running).toEqual([{ count: 1 }]);
  });

  test.each([
    [["--cursor", "x"], /^OPTION_INVALID: The cursor is damaged, or not one of ours/],
    [["--since", "yesterday"], /^OPTION_INVALID: --since must be how long ago, as in 90m/],
  ])("refuses %j with words", async (options, expected) => {
    const { code, err } = await scene.run(["runs", "ls", ...options]);

    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});

describe("millrace stats", () => {
  test("says how runs and tasks ended", async () => {
    const [hello] = await scene.json(["stats", "--flow", "hello", "--json"]);
    const { out } = await scene.run(["stats"]);

    expect(hello).toMatchObject({
      flow: "hello",
      runs: 2,
      open: 0,
      completed: 2,
      successRate: 1,
      p50Ms: expect.any(Number),
      recent: [{ state: { type: "COMPLETED" } }, { state: { type: "COMPLETED" } }],
      tasks: [{ task: "greet", calls: 2, completed: 2, failed: 0, successRate: 1 }],
    });
    expect(out).toMatch(/^FLOW +RUNS +OPEN +COMPLETED +FAILED +SUCCESS/);
    expect(out).toMatch(/^fails +1 +1 +0\.0 %/m);
  });
});

describe("millrace projections", () => {
  test("ls says what there is, what it costs, and how far it is", async () => {
    const rows = await scene.json(["projections", "ls", "--json"]);
    const { out } = await scene.run(["projections", "ls"]);

    expect(rows.map(({ name }) => name)).toEqual([
      "run-summary",
      ...currentSet.projections.map(({ name }) => name),
    ]);
    expect(rows[0]).toMatchObject({
      version: runSummaryVersion,
      documents: 4,
      aside: 0,
      built: expect.stringMatching(/Z$/),
    });
    expect(rows[0].bytes).toBeGreaterThan(1_000);
    expect(out).toMatch(
      /^PROJECTION +VERSION +DOCUMENTS +MEMORY +BEHIND +ASIDE +BUILT\nrun-summary +3 +4 +\d/,
    );
  });

  test("verify finds the document that was changed, and rebuild makes it anew", async () => {
    const [{ id }] = await scene.json(["runs", "ls", "--flow", "fails", "--json"]);
    const before = await scene.run(["projections", "verify"]);
    const { runs } = await keysOf(id);
    const summary = unpackDocument((await redis.hgetBuffer(runs, id))!, newSummary(id));
    await redis.hset(runs, id, Buffer.from(packDocument({ ...summary, turns: 999 })));

    const damaged = await scene.run(["projections", "verify"]);
    const rebuilt = await scene.run(["projections", "rebuild"]);
    const after = await scene.run(["projections", "verify"]);

    expect(before).toMatchObject({
      code: 0,
      out: "Every document is, byte for byte, what the log makes of it.\n",
    });
    expect(damaged.code).toBe(4);
    expect(damaged.out).toContain(`Document "${id}" of run-summary`);
    expect(damaged.out).toMatch(/^turns: 999 is stored, \d is expected$/m);
    expect(rebuilt).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Folded 4 runs in .*new documents are in use/),
    });
    expect(rebuilt.err).toMatch(/^Folding: 4 of 4 runs \(100 %\)$/m);
    expect(after.code).toBe(0);
  });

  test("aside lists what cannot be folded, lists of runs say so, and retry folds it", async () => {
    const [{ id }] = await scene.json(["runs", "ls", "--flow", "waits", "--json"]);
    const reason = {
      run: id,
      position: 3,
      code: "EVENT_UNKNOWN",
      message: "from a newer release",
      at: Date.now(),
    };
    await redis.hset((await keysOf(id)).aside, id, JSON.stringify(reason));

    const [aside] = await scene.json(["projections", "aside", "--json"]);
    const [row] = await scene.json(["runs", "ls", "--flow", "waits", "--json"]);
    const table = await scene.run(["runs", "ls"]);
    const retry = await scene.run(["projections", "retry"]);
    const none = await scene.run(["projections", "aside"]);

    expect(aside).toMatchObject({ run: id, position: 3, code: "EVENT_UNKNOWN" });
    expect(row).toMatchObject({
      state: { name: "Running" },
      note: expect.stringContaining("from 3 on are not folded"),
    });
    expect(table.out).toMatch(/NOTE\n.*EVENT_UNKNOWN: from a newer release/);
    expect(retry).toMatchObject({ code: 0, out: `Folded: ${id}\n` });
    expect(none).toMatchObject({ code: 0, out: "", err: "No run stands aside.\n" });
  });
});

describe("without a worker", () => {
  test("states say that nobody has the run", async () => {
    await worker.end("SIGKILL");

    const rows = await waitUntil(
      async () => {
        const found = await scene.json([
          "runs",
          "ls",
          "--state",
          "crashed",
          "--state",
          "suspended",
          "--json",
        ]);
        expect(found).toHaveLength(1);
        return found;
      },
      { timeoutMs: 30_000 }, // its lease has to run out
    );

    expect(rows).toMatchObject([{ flow: "waits" }]);
  });

  test("what a script did is listed at once", async () => {
    const alone = new CliScene(null);
    try {
      await alone.run(["run", "hello", "-p", "name=Eve", "--file", greetings]);

      const rows = await alone.json(["runs", "ls", "--json"]);
      const verified = await alone.run(["projections", "verify"]);

      expect(rows).toMatchObject([{ flow: "hello", state: { name: "Completed" } }]);
      expect(verified.code).toBe(0);
    } finally {
      await alone.end();
    }
  });
});
