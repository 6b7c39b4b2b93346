import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

const greetings = fixture("greetings.ts");
const scene = new CliScene(inject("redisUrl"));
beforeAll(async () => {
  await scene.worker(greetings);
});
afterAll(async () => scene.end());

describe("millrace run", () => {
  test("creates a run and says how to go on with it", async () => {
    const { code, out, err } = await scene.run(["run", "hello"]);

    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [, name, id] =
      /^Created flow run '([\w-]+)' of flow 'hello' on queue 'default'\n {2}id {6}(\w{26})\n/.exec(out) ?? [];
    expect(out).toContain(`npx millrace events ${id} -f`);
    expect(out).toContain(`npx millrace runs get ${id}`);
    expect(name).toMatch(/^[a-z-]+$/);
  });

  test("with --json prints one object, and uses the queue of the flow, tags and a queue that is given", async () => {
    const [own] = await scene.json(["run", "waits", "--json"]);
    const [other] = await scene.json(["run", "hello", "-q", "elsewhere", "-t", "a", "-t", "b", "--json"]);
    const [view] = await scene.json(["runs", "get", other.id, "--json"]);

    expect(own).toEqual({
      id: expect.stringMatching(/^\w{26}$/),
      name: expect.any(String),
      flow: "waits",
      queue: "slow",
    });
    expect(view).toMatchObject({
      queue: "elsewhere",
      tags: ["a", "b"],
      state: { type: "SCHEDULED", name: "Scheduled" },
    });
  });

  test("with --watch shows the lines of a local run, and prints the result alone to stdout", async () => {
    const { code, out, err } = await scene.run([
      "run",
      "hello",
      "-p",
      "name=Ada",
      "-p",
      "times=2",
      "--watch",
    ]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      greeting: ["Hello, Ada", "Hello, Ada"],
      at: "1970-01-01T00:00:00.000Z",
      who: ["Ada"],
    });
    expect(err).toMatch(/INFO {4}\| Flow run '([\w-]+)' - Beginning flow run '\1' for flow 'hello'/);
    expect(err).toMatch(/Task run 'greet-0' - Finished in state Completed\(\)/);
    expect(err).toMatch(/Flow run '[\w-]+' - Finished in state Completed\(\)/);
  });

  test.each([
    [["-p", "name=5"], "Invalid input: expected string"],
    [["--input", '{"times":"x"}'], "times: Invalid input"],
  ])("fails with 1 when the flow refuses the parameters %j", async (given, why) => {
    const { code, out, err } = await scene.run(["run", "hello", ...given, "--watch"]);

    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(why);
    expect(err).toContain("Finished in state Failed(");
  });

  test("merges -p into --input; a value is JSON if it can be, else text", async () => {
    const input = ["--input", '{"name":"Bob","times":1}', "-p", 'name="7"', "-p", "times=3"];
    const [outcome] = await scene.json(["run", "hello", ...input, "--watch", "--json"]);

    expect(outcome).toMatchObject({ state: { type: "COMPLETED", name: "Completed" }, error: null });
    expect(outcome.result.greeting).toEqual(["Hello, 7", "Hello, 7", "Hello, 7"]);
  });

  test("fails with 1 when the run fails, here and on a worker", async () => {
    const elsewhere = await scene.run(["run", "fails", "--watch"]);
    const here = await scene.run(["run", "fails", "--file", greetings, "--json"]);

    expect(elsewhere).toMatchObject({ code: 1, out: "" });
    expect(elsewhere.err).toContain("RangeError: no seats left");
    expect(here.code).toBe(1);
    expect(JSON.parse(here.out)).toMatchObject({
      state: { type: "FAILED", name: "Failed" },
      result: null,
      error: { name: "RangeError", message: "no seats left" },
    });
  });

  test("prints null for a flow without a result", async () => {
    const { code, out } = await scene.run(["run", "quiet", "--watch"]);

    expect({ code, out }).toEqual({ code: 0, out: "null\n" });
  });

  test("knows no flow that no live worker serves, lists those that are served, and creates nothing", async () => {
    const before = await scene.json(["runs", "ls", "--json", "-n", "1000"]);

    const { code, out, err } = await scene.run(["run", "orders", "--watch"]);

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      'FLOW_UNKNOWN: No live worker serves flow "orders". Served now: hello, fails, waits, quiet. ' +
        "Or run it in this process: millrace run orders --file FILE\n",
    );
    expect(await scene.json(["runs", "ls", "--json", "-n", "1000"])).toHaveLength(before.length);
  });

  test("stops watching at Ctrl-C, and the run goes on", async () => {
    const watching = scene.start(["run", "waits", "--watch"]);
    await watching.until(/Sleeping for 1 h/);

    const { code, out, err } = await watching.end("SIGINT");
    const id = /Run (\w{26}) goes on/.exec(err)?.[1] ?? "";
    const [view] = await scene.json(["runs", "get", id, "--json"]);

    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(view.state.name).toBe("Running");
  });

  test.each([
    [["run"], "Missing required argument 'flow'."],
    [["run", "hello", "-p", "name"], '-p "name" is not of the form key=value'],
    [["run", "hello", "--input", "{"], "--input is not JSON:"],
    [["run", "hello", "--input", "[]", "-p", "a=1"], "-p needs an object"],
    [["run", "hello", "--whatever"], "Unknown option '--whatever'"],
    [["ruhn"], "Unknown command 'ruhn' (Did you mean run?)."],
  ])("refuses %j", async (args, why) => {
    const { code, out, err } = await scene.run(args);

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`OPTION_INVALID: ${why}`);
  });
});
