import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CliScene, fixture, type Running } from "../support/cli.ts";
import { startServer } from "../support/redis-server.ts";

const talks = fixture("talks.ts");
const scene = new CliScene(inject("redisUrl"));
const redis = new Redis(inject("redisUrl"));
let worker: Running;
beforeAll(async () => {
  worker = await scene.worker(talks);
});
afterAll(async () => {
  redis.disconnect();
  await scene.end();
});

/** Has a worker do a run; gives its id. */
async function run(flow: string, ...more: readonly string[]): Promise<string> {
  const { err } = await scene.run(["run", flow, "--watch", ...more]);
  return /\b01[\dA-Z]{24}\b/.exec(err)?.[0] ?? "";
}

const logKey = async (id: string): Promise<string | undefined> =>
  (await redis.keys(`mr:{${scene.namespace}:*}:log:${id}`))[0];

test("what code said and what happened stand in one order, each line once", async () => {
  const id = await run("talks");

  const { code, out } = await scene.run(["logs", id]);

  expect(code).toBe(0);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} \| /, ""));
  const ofFlow = lines.filter((line) => line.includes("Flow run")).map((line) => line.split(" - ")[1]);
  expect(ofFlow).toEqual([
    expect.stringMatching(/^Beginning flow run/),
    "begin",
    "extracted rows=2",
    "end event_=mine parts=[1,2]",
    "Finished in state Completed()",
  ]);
  const at = (text: string): number => lines.findIndex((line) => line.includes(text));
  expect(lines[at("reading")]).toBe("INFO    | Task run 'extract-0' - reading rows=2");
  expect([at("begin"), at("reading"), at("'extract-0' - Finished"), at("extracted")]).toEqual([1, 2, 3, 4]);
  expect(lines.filter((line) => line.includes("checking"))).toHaveLength(4);
  expect(at("'check-2[1]' - Finished")).toBeGreaterThan(at("'check-2[1]' - checking 2"));
});

test("levels, tasks, a limit and JSON", async () => {
  const id = await run("talks");

  const warnings = await scene.json(["logs", id, "--level", "warning", "--json"]);
  const ofTask = await scene.json(["logs", id, "--task", "extract", "--json"]);
  const ofRun = await scene.json(["logs", id, "--task", "check-2[1]", "--json"]);
  const last = await scene.json(["logs", id, "--limit", "2", "--json"]);
  const wrong = await scene.run(["logs", id, "--level", "loud"]);

  expect(warnings.map(({ level }) => level)).toEqual(["warn", "warn", "warn", "warn", "error"]);
  expect(ofTask.map(({ message }) => message)).toEqual(["reading", "Finished in state Completed()"]);
  expect(ofTask[0]).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: "info",
    run: id,
    runName: expect.any(String),
    flow: "talks",
    task: "extract-0",
    key: "extract#1",
    attempt: 1,
    worker: expect.any(String),
    event: null,
    message: "reading",
    fields: { rows: 2 },
    detail: null,
  });
  expect(ofTask[1]).toMatchObject({ event: "TaskCompleted", worker: ofTask[0].worker });
  expect(ofRun.map(({ message }) => message)).toEqual(["checking 2", "Finished in state Completed()"]);
  expect(last.map(({ message, event }) => event ?? message)).toEqual(["end", "RunCompleted"]);
  expect(last[0]).toMatchObject({ fields: { event: "mine" } });
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--level must be one of") });
});

test("-f prints lines as they come, and ends with the run", async () => {
  const gate = scene.write("gates/a", "");
  const closed = `${gate}-2`;
  const { out } = await scene.run(["run", "talks", "-p", `gate=${closed}`, "--json"]);
  const { id } = JSON.parse(out) as { id: string };

  const following = scene.start(["logs", id, "-f"]);
  await following.until(/'wait-0' - waiting/);
  expect(following.out).not.toContain("waited");
  scene.write("gates/a-2", "");
  const ended = await following.ended;
  const whole = await scene.run(["logs", id]);

  expect(ended.code).toBe(0);
  expect(ended.out.split("\n").toSorted()).toEqual(whole.out.split("\n").toSorted());
  expect(ended.out).toMatch(/ - end .*\n.* - Finished in state Completed\(\)\n$/);
});

test("a run keeps about 10,000 lines, and says what it dropped", async () => {
  const id = await run("shouts", "-p", "lines=12000");

  const { out, err } = await scene.run(["logs", id]);

  const said = out.split("\n").flatMap((line) => /line (\d+)$/.exec(line)?.slice(1) ?? []);
  expect(said.length).toBeGreaterThanOrEqual(10_000);
  expect(said.length).toBeLessThan(10_200);
  expect(said).toEqual(Array.from({ length: said.length }, (_, n) => String(12_000 - said.length + 1 + n)));
  expect(err).toContain(`${12_000 - said.length} older lines were dropped`);
});

test("a run that says nothing has no key of its own, and still a log", async () => {
  const id = await run("silent");

  const { out } = await scene.run(["logs", id]);

  expect(await logKey(id)).toBeUndefined();
  expect(out).toContain("Finished in state Completed()");
});

test("MILLRACE_RUN_LOGS=off keeps nothing, and a strange value is refused", async () => {
  const off = { MILLRACE_RUN_LOGS: "off" };
  const { err } = await scene.run(["run", "shouts", "-p", "lines=3", "--file", talks], off);
  const [newest] = await scene.json(["runs", "ls", "--limit", "1", "--json"]);
  const wrong = await scene.run(["run", "talks", "--file", talks], { MILLRACE_RUN_LOGS: "some" });

  expect(err).toContain("line 3");
  expect(newest).toMatchObject({ flow: "shouts", state: { name: "Completed" } });
  expect(await logKey(newest.id)).toBeUndefined();
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("MILLRACE_RUN_LOGS") });
});

test("kill -9 loses no line that had left the process, and the next worker repeats none", async () => {
  const gate = `${scene.home}/gates/kill`;
  const { out } = await scene.run(["run", "talks", "-p", `gate=${gate}`, "--json"]);
  const { id } = JSON.parse(out) as { id: string };
  const following = scene.start(["logs", id, "-f"]);
  await following.until(/'wait-0' - waiting/);

  await worker.end("SIGKILL");
  scene.write("gates/kill", "");
  worker = await scene.worker(talks);
  expect((await following.ended).code).toBe(0);

  const lines = await scene.json(["logs", id, "--json"]);
  const said = lines.filter(({ event }) => event === null).map(({ message }) => message);
  for (const once of ["begin", "reading", "extracted", "waited", "end"])
    expect(said.filter((message) => message === once)).toHaveLength(1);
  expect(said.filter((message) => message === "waiting")).toHaveLength(2); // the attempt that died, and the next
  expect(lines.some(({ event }) => event === "OwnerLost")).toBe(true);
});

test("Redis away for a while delays lines, and no run waits for them", async () => {
  const server = await startServer();
  const other = new CliScene(server.url);
  try {
    await other.worker(talks);
    const gate = `${other.home}/open`;
    const { out } = await other.run(["run", "talks", "-p", `gate=${gate}`, "--json"]);
    const { id } = JSON.parse(out) as { id: string };
    const following = other.start(["logs", id, "-f"]);
    await following.until(/'wait-0' - waiting/);
    await following.end("SIGINT");

    await server.shutdown();
    other.write("open", ""); // the task goes on, and says so, while nothing can be written
    await server.restart();

    await other.start(["logs", id, "-f"]).ended;
    const lines = await other.json(["logs", id, "--json"]);
    const said = lines.map(({ event, message }) => event ?? message);
    for (const once of ["waiting", "waited", "end", "RunCompleted"])
      expect(said.filter((what) => what === once)).toHaveLength(1);
  } finally {
    await other.end();
    await server.stop();
  }
});
