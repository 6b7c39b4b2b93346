import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture, type Running } from "../support/cli.ts";

const greetings = fixture("greetings.ts");
const scene = new CliScene(inject("redisUrl"));
let worker: Running;
beforeAll(async () => {
  worker = await scene.worker(greetings);
  await scene.run(["run", "hello", "-p", "name=Ada", "--watch"]);
  await scene.run(["run", "fails", "--watch"]);
  const watching = scene.start(["run", "waits", "--watch"]);
  await watching.until(/Sleeping for 1 h/);
  await watching.end("SIGINT"); // the run goes on
});
afterAll(async () => scene.end());

describe("millrace runs ls", () => {
  test("lists runs, newest first, with their states", async () => {
    const { code, out } = await scene.run(["runs", "ls"]);

    expect(code).toBe(0);
    const [title, ...rows] = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(title).toEqual(["NAME", "ID", "FLOW", "STATE", "CREATED", "DURATION"]);
    expect(rows.map((row) => row.slice(2, 4))).toEqual([
      ["waits", "Running"],
      ["fails", "Failed"],
      ["hello", "Completed"],
    ]);
  });

  test("filters by state and flow, limits, and prints JSON", async () => {
    const failed = await scene.json(["runs", "ls", "--state", "failed", "--json"]);
    const newest = await scene.json(["runs", "ls", "--json", "--limit", "1"]);
    const none = await scene.run(["runs", "ls", "--flow", "nothing", "--json"]);

    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({
      flow: "fails",
      state: { type: "FAILED", name: "Failed", isFinal: true },
      created: expect.stringMatching(/^\d{4}-.*Z$/),
      durationMs: expect.any(Number),
    });
    expect(newest).toMatchObject([{ flow: "waits" }]);
    expect(none).toMatchObject({
      code: 0,
      out: "",
      err: expect.stringMatching(/^No runs of flow "nothing"\.$/m), // below what it may say while it reads
    });
  });
});

describe("millrace runs get", () => {
  test("shows state, input, result and tasks", async () => {
    const [{ id, name }] = await scene.json(["runs", "ls", "--flow", "hello", "--json"]);

    const { code, out } = await scene.run(["runs", "get", name]);
    const [view] = await scene.json(["runs", "get", id, "--json"]);

    expect(code).toBe(0);
    expect(out).toMatch(/^state +Completed$/m);
    expect(out).toMatch(/^input +\{"name":"Ada"\}$/m);
    expect(out).toMatch(/^result +\{"greeting":\["Hello, Ada"\]/m);
    expect(out).toMatch(/^greet-0 +Completed +1 +\S+ \S+ +-$/m);
    expect(view).toMatchObject({
      id,
      owner: null,
      input: { name: "Ada" },
      result: { greeting: ["Hello, Ada"] },
      tasks: [{ key: "greet#1", state: "Completed", attempts: 1, error: null }],
    });
  });

  test("shows the error of a failed run, and how to watch one that is not over", async () => {
    const [failed] = await scene.json(["runs", "ls", "--flow", "fails", "--json"]);
    const [open] = await scene.json(["runs", "ls", "--flow", "waits", "--json"]);

    const ended = await scene.run(["runs", "get", failed.id]);
    const waiting = await scene.run(["runs", "get", open.id]);

    expect(ended.out).toMatch(/^state +Failed: .*RangeError: no seats left$/m);
    expect(ended.out).toMatch(/^refuse-0 +Failed .*RangeError: no seats left$/m);
    expect(waiting.out).toMatch(/^sleep-0 +Sleeping/m);
    expect(waiting.out).toContain(`Watch it: npx millrace events ${open.id} -f`);
  });
});

describe("millrace events", () => {
  test("prints the history, one line an event", async () => {
    const [{ id }] = await scene.json(["runs", "ls", "--flow", "hello", "--json"]);

    const { code, out } = await scene.run(["events", id]);
    const followed = await scene.run(["events", id, "--follow"]);

    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => /^ *(\d+) {2}\S+ \S+ {2}(\w+)/.exec(line)?.slice(1, 3).join(" "))).toEqual(
      "1 RunCreated,2 TurnTaken,3 RunStarted,4 TaskScheduled,5 TaskCompleted,6 TurnTaken,7 RunCompleted".split(
        ",",
      ),
    );
    expect(lines[3]).toMatch(/greet#1 +input=\["Ada"\] site=/);
    expect(followed).toMatchObject({ code: 0, out });
  });

  test("with --json decodes every recorded value", async () => {
    const [{ id }] = await scene.json(["runs", "ls", "--flow", "hello", "--json"]);

    const events = await scene.json(["events", id, "--json"]);

    expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(events[0]).toMatchObject({
      type: "RunCreated",
      run: id,
      actor: expect.stringMatching(/^client:/),
      data: { input: { name: "Ada" } },
    });
    expect(events[4]).toMatchObject({
      type: "TaskCompleted",
      data: { key: "greet#1", output: "Hello, Ada" },
    });
    expect(events[6]).toMatchObject({ type: "RunCompleted", data: { output: { who: ["Ada"] } } });
  });
});

describe("millrace workers ls", () => {
  test("lists the workers and what they hold", async () => {
    const [row] = await scene.json(["workers", "ls", "--json"]);
    const { out } = await scene.run(["workers", "ls"]);

    expect(row).toMatchObject({
      pid: worker.child.pid,
      flows: ["hello", "fails", "waits", "quiet", "background#"],
      queues: ["default", "slow"],
      isAlive: true,
      isLocal: false,
    });
    expect(row.leaseMs).toBeGreaterThan(0);
    expect(out).toMatch(new RegExp(`^${row.id} +alive +worker .* ${worker.child.pid} `, "m"));
  });
});

describe("millrace doctor", () => {
  test("says where the log is and how it is", async () => {
    const { code, out } = await scene.run(["doctor"]);
    const [report] = await scene.json(["doctor", "--json"]);

    expect(code).toBe(0);
    expect(out).toMatch(/^store +redis:\/\//m);
    expect(out).toMatch(new RegExp(`^namespace +${scene.namespace}, 16 shards$`, "m"));
    expect(out).toMatch(/^persistence +append-only file, fsync everysec$/m);
    expect(out).toMatch(/^workers +1 alive, 0 dead; leases: \w+ for (?:[0-4]\.\d|5\.0) s$/m);
    expect(out).toMatch(/Nothing to mend\.\n$/);
    expect(report).toMatchObject({
      shards: 16,
      runs: { open: 1, unattended: [] },
      findings: [],
      keys: { run: 3 },
    });
  });

  test("names runs that nobody looks after, and what to do", async () => {
    const alone = new CliScene(null);
    try {
      const script = alone.start(["run", "waits", "--file", greetings]);
      await script.until(/Sleeping for 1 h/);
      const interrupted = await script.end("SIGTERM");
      const doctor = await alone.run(["doctor"]);

      expect(interrupted.code).toBe(3);
      expect(doctor.code).toBe(0);
      expect(doctor.out).toContain(`store        embedded Redis in ${alone.home}/.millrace`);
      expect(doctor.out).toMatch(/^WARNING 1 open run has no live worker: [\w-]+ \(Suspended\)\.$/m);
      expect(doctor.out).toMatch(/npx millrace resume [\w-]+$/m);
    } finally {
      await alone.end();
    }
  });

  test("ends with 3 when Redis cannot be used", async () => {
    const { code, out } = await scene.run(["doctor"], { MILLRACE_REDIS_URL: "redis://127.0.0.1:1" });

    expect(code).toBe(3);
    expect(out).toMatch(/^ERROR {3}REDIS_UNAVAILABLE: /m);
  });
});

describe("a folder without runs", () => {
  test("is left as it is by commands that look", async () => {
    const empty = new CliScene(null);
    try {
      const commands = [
        ["runs", "ls"],
        ["workers", "ls"],
        ["doctor"],
        ["runs", "get", "x"],
        ["events", "x"],
        ["resume", "x"],
      ];

      const answers = await Promise.all(commands.map(async (args) => empty.run(args)));
      const { out } = await empty.run(["doctor"]);

      expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 2, 2, 2]);
      expect(answers[0]?.err).toContain(`There is no ${empty.home}/.millrace`);
      expect(out).toContain("not there yet");
    } finally {
      await empty.end();
    }
  });
});

describe("the command line", () => {
  test("explains itself", async () => {
    const help = await scene.run(["--help"]);
    const nothing = await scene.run([]);
    const version = await scene.run(["--version"]);

    expect(help.code).toBe(0);
    expect(help.out).toMatch(/Examples:\n[^]*millrace worker orders\.ts[^]*Exit codes:/);
    expect(nothing.code).toBe(2);
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each([
    [["runs", "get", "nobody"], 'RUN_NOT_FOUND: There is no run "nobody".'],
    [["events", "nobody"], 'RUN_NOT_FOUND: There is no run "nobody".'],
    [["resume", "nobody"], 'RUN_NOT_FOUND: There is no run "nobody".'],
    [["runs", "get"], "OPTION_INVALID: Missing required argument 'run'."],
    [["runs", "ls", "--limit", "many"], "OPTION_INVALID: --limit must be a whole number"],
    [["doctor", "now"], "OPTION_INVALID: Too many arguments"],
  ])("refuses %j with a code, words and no stack", async (args, why) => {
    const { code, out, err } = await scene.run(args);

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(why);
    expect(err).not.toContain("    at ");
  });
});
