import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { flow, logger, runContext } from "../../src/index.ts";
import { logStart, readLines } from "../../src/redis/run-logs.ts";
import { CliScene } from "../support/cli.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

const patience = { timeoutMs: 20_000 };

describe("runs of one process, one after the other", () => {
  let scene: ClientScene;
  beforeAll(async () => {
    scene = await openClientScene(inject("redisUrl"));
    process.env["MILLRACE_REDIS_URL"] = inject("redisUrl");
  });
  beforeEach(() => {
    process.env["MILLRACE_NAMESPACE"] = scene.namespace;
  });
  afterAll(async () => {
    delete process.env["MILLRACE_REDIS_URL"];
    delete process.env["MILLRACE_NAMESPACE"];
    await scene.end();
  });

  /** Who took part in a run. */
  async function workersOf(run: string): Promise<ReadonlySet<string>> {
    return new Set((await scene.look.events(run)).map(({ actor }) => actor));
  }

  async function untilNobodyIsThere(): Promise<void> {
    await waitUntil(async () => expect(await scene.look.roster()).toEqual([]), patience);
  }

  const named = flow("named_run", async () => runContext().id);

  test("share a host, which is gone a moment after the last one", async () => {
    const [first, second] = [await named(), await named()];
    expect(await workersOf(second)).toEqual(await workersOf(first));
    await untilNobodyIsThere();

    const third = await named();

    expect(await workersOf(third)).not.toEqual(await workersOf(first));
    await untilNobodyIsThere();
  });

  test("share it after a failure, too", async () => {
    const failing = flow("failing_run", async () => {
      throw new RangeError("no");
    });
    const first = await named();
    await expect(failing()).rejects.toThrow("no");

    const second = await named();

    expect(await workersOf(second)).toEqual(await workersOf(first));
  });

  test("go where the environment says when they begin", async () => {
    const before = await named();
    const elsewhere = `other-${randomUUID().slice(0, 8)}`;
    process.env["MILLRACE_NAMESPACE"] = elsewhere;

    const after = await named();

    expect(await scene.look.roster()).toEqual([]); // it was left first
    expect(await scene.look.events(after)).toEqual([]);
    process.env["MILLRACE_NAMESPACE"] = scene.namespace;
    const back = await named();
    expect((await workersOf(back)).size + (await workersOf(before)).size).toBe(2);
  });

  test("are told to their caller when their hooks have ended and their lines are kept", async () => {
    let hasEnded = false;
    const onCompletion = async (): Promise<void> => {
      for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
      hasEnded = true;
    };
    const hooked = flow("hooked_run", { onCompletion: [onCompletion] }, async () => {
      logger().info("kept");
      return runContext().id;
    });

    const run = await hooked();

    expect(hasEnded).toBe(true);
    const { redis, namespace } = scene.look.store;
    const { lines } = await readLines(redis, namespace, { run, cursor: logStart, count: 10 });
    expect(lines.map(({ message }) => message)).toContain("kept");
  });
});

describe("a script with a Redis of its own", { timeout: 60_000 }, () => {
  let scene: CliScene;
  beforeEach(() => {
    scene = new CliScene(null);
  });
  afterEach(async () => scene.end());

  const head = `
    import { mkdirSync, rmSync } from "node:fs";
    import { flow, task } from "millrace";
    const step = task("step", async (n: number) => n + 1);
    const add = flow("add", async (n: number) => step(await step(n)));
  `;
  const script = (text: string): string => scene.write("script.ts", head + text);
  const starts = (): number =>
    readFileSync(join(scene.home, ".millrace/redis.log"), "utf8").split("Server initialized").length - 1;

  test("starts it once for a loop of runs, and ends by itself", async () => {
    const file = script("for (let n = 0; n < 5; n += 1) console.log(await add(n));");

    const { code, out } = await scene.script(file, []).ended;

    expect({ code, out }).toEqual({ code: 0, out: "2\n3\n4\n5\n6\n" });
    expect(starts()).toBe(1);
    await expect(scene.json(["runs", "ls", "--json"])).resolves.toHaveLength(5);
  });

  test("may throw the store away right after a run", async () => {
    const file = script(`
      console.log(await add(1));
      rmSync(".millrace", { recursive: true });
    `);

    const { code, out, err } = await scene.script(file, [], { MILLRACE_LOG_FORMAT: "silent" }).ended;

    expect({ code, out, err }).toEqual({ code: 0, out: "3\n", err: "" });
  });

  test("may throw the store away between two runs: the next one begins in a new store", async () => {
    const file = script(`
      console.log(await add(1));
      rmSync(".millrace", { recursive: true });
      console.log(await add(2));
    `);

    const { code, out } = await scene.script(file, []).ended;

    expect({ code, out }).toEqual({ code: 0, out: "3\n4\n" });
    await expect(scene.json(["runs", "ls", "--json"])).resolves.toHaveLength(1);
  });

  test("may go to another directory between two runs: the next one begins in a store there", async () => {
    const file = script(`
      console.log(await add(1));
      mkdirSync("elsewhere");
      process.chdir("elsewhere");
      console.log(await add(2));
    `);

    const { code, out } = await scene.script(file, []).ended;

    expect({ code, out }).toEqual({ code: 0, out: "3\n4\n" });
    await expect(scene.json(["runs", "ls", "--json"])).resolves.toHaveLength(1);
    const elsewhere = { MILLRACE_DIR: join(scene.home, "elsewhere/.millrace") };
    await expect(scene.json(["runs", "ls", "--json"], elsewhere)).resolves.toHaveLength(1);
  });

  test("may end the process right after a run: nothing is lost, and the next script begins as ever", async () => {
    const file = script("console.log(await add(Number(process.argv[2]))); process.exit(0);");

    const first = await scene.script(file, ["1"]).ended;
    const second = await scene.script(file, ["2"]).ended;

    expect([first.code, first.out, second.code, second.out]).toEqual([0, "3\n", 0, "4\n"]);
    const runs = await scene.json(["runs", "ls", "--json"]);
    expect(runs.map(({ state }) => state.name)).toEqual(["Completed", "Completed"]);
  });

  test("is ended by Ctrl-C between two runs, and leaves no server behind", async () => {
    const file = script(`
      console.log(await add(1));
      process.kill(process.pid, "SIGINT");
      await new Promise(() => undefined);
    `);

    const { code } = await scene.script(file, []).ended;

    expect(code).toBe(128); // by the signal
    const log = join(scene.home, ".millrace/redis.log");
    await vi.waitUntil(() => readFileSync(log, "utf8").includes("bye bye"), { timeout: 20_000 });
  });
});
