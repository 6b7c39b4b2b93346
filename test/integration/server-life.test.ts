import { expect, inject, test } from "vitest";
import { startServer } from "../../src/server/start-server.ts";
import { settingsFromEnvironment } from "../../src/workers/settings.ts";
import { CliScene, fixture } from "../support/cli.ts";
import { startServer as startRedis } from "../support/redis-server.ts";
import { waitUntil } from "../support/wait-until.ts";

const patience = { timeoutMs: 20_000, intervalMs: 50 };
const options = { host: "127.0.0.1", port: 0, basePath: "", projects: true, grafana: null, trace: null };

test("without Redis: requests are refused at once, machines are told, and it comes back by itself", async () => {
  const redis = await startRedis();
  const settings = { ...settingsFromEnvironment(), redisUrl: redis.url, namespace: "away" };
  const server = await startServer(options, settings);
  const get = async (path: string): Promise<Response> => fetch(`${server.url}${path}`);
  try {
    expect((await get("readyz")).status).toBe(200);
    await redis.kill();
    const refused = await waitUntil(async () => {
      const answer = await get("api/runs");
      if (answer.status === 200) throw new Error("it is not noticed yet");
      return answer;
    }, patience);
    const problem = (await refused.json()) as { code: string };

    expect([refused.status, problem.code]).toEqual([503, "REDIS_UNAVAILABLE"]);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect((await get("readyz")).status).toBe(503);
    expect((await get("livez")).status).toBe(200);

    await redis.restart();
    await waitUntil(async () => {
      if ((await get("api/runs")).status !== 200) throw new Error("not yet");
    }, patience);
  } finally {
    await server.stop();
    await redis.stop();
  }
});

test("an address that others reach is refused without authentication, and the answer says what to do", async () => {
  const cli = new CliScene(inject("redisUrl"));
  try {
    const { code, err } = await cli.run(["server", "--host", "0.0.0.0", "--port", "0"]);

    expect(code).toBe(2);
    expect(err).toContain("BIND_REFUSED");
    expect(err).toMatch(/tunnel|authentication/);
  } finally {
    await cli.end();
  }
});

test("a port that is taken is named; SIGTERM ends the server cleanly", async () => {
  const cli = new CliScene(inject("redisUrl"));
  try {
    const first = cli.start(["server", "--port", "0"]);
    const url = await first.until(/is at (http:\S+\/)/);
    const second = await cli.run(["server", "--port", new URL(url).port]);
    const ready = await fetch(`${url}readyz`);
    const end = await first.end("SIGTERM");

    expect([second.code, second.err]).toEqual([3, expect.stringContaining("PORT_UNAVAILABLE")]);
    expect([ready.status, end.code]).toEqual([200, 0]);
    await expect(fetch(`${url}livez`)).rejects.toThrow();
  } finally {
    await cli.end();
  }
});

test("dev: one address, and a changed file is served by new code; nothing is lost", async () => {
  const cli = new CliScene(inject("redisUrl"));
  const source = (answer: string): string =>
    `import { flow } from "millrace";\nflow("hello", async () => ${JSON.stringify(answer)});\n`;
  try {
    const file = cli.write("hello.ts", source("one"));
    const dev = cli.start(["dev", file, "--port", "0"]);
    await dev.until(/is at (http:\S+\/)/);
    await dev.until(/Worker (\w+) is ready/);
    const before = await cli.json(["run", "hello", "--watch", "--json"]);
    cli.write("hello.ts", source("two"));
    await dev.until(/hello\.ts changed[^]*Worker \w+ stopped cleanly/);
    const after = await cli.json(["run", "hello", "--watch", "--json"]);

    expect([before.at(-1)?.result, after.at(-1)?.result]).toEqual(["one", "two"]);
    expect((await dev.end("SIGTERM")).code).toBe(0);
  } finally {
    await cli.end();
  }
});

test("runs are listed by a query at the command line", async () => {
  const cli = new CliScene(inject("redisUrl"));
  try {
    const worker = await cli.worker(fixture("greetings.ts"));
    await worker.end("SIGTERM");
    const empty = await cli.run(["runs", "ls", "status:failed created>-24h"]);
    const wrong = await cli.run(["runs", "ls", "statu:failed"]);

    expect(empty.err).toContain("No runs that fit status:failed created>-24h.");
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('There is no field "statu"')]);
  } finally {
    await cli.end();
  }
});
