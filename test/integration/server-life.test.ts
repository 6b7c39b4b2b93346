import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, inject, test } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import { startServer } from "../../src/server/start-server.ts";
import { settingsFromEnvironment } from "../../src/workers/settings.ts";
import { CliScene } from "../support/cli.ts";
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
    await waitUntil(async () => expect((await get("readyz")).status).toBe(200), patience);
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

test("an address that others reach, a port that is taken and an odd path are refused, and it says what to do", async () => {
  const settings = { ...settingsFromEnvironment(), redisUrl: inject("redisUrl"), namespace: "refusals" };
  const server = await startServer(options, settings);
  const refusal = async (change: Partial<typeof options>): Promise<string> =>
    startServer({ ...options, ...change }, settings).then(
      () => "none",
      (error: unknown) => (isEngineError(error) ? `${error.code} ${error.message}` : String(error)),
    );
  try {
    expect(await refusal({ host: "0.0.0.0" })).toMatch(/^BIND_REFUSED .*(tunnel).*authentication/);
    expect(await refusal({ port: Number(new URL(server.url).port) })).toMatch(
      /^PORT_UNAVAILABLE .*another process has this port/,
    );
    expect(await refusal({ basePath: "a b" })).toMatch(/^OPTION_INVALID /);
  } finally {
    await server.stop();
  }
});

test("SIGTERM ends the server cleanly, and lets what is under way end", async () => {
  const cli = new CliScene(inject("redisUrl"));
  try {
    const server = cli.start(["server", "--port", "0"]);
    const url = await server.until(/is at (http:\S+\/)/);
    await waitUntil(async () => expect((await fetch(`${url}readyz`)).status).toBe(200), patience);
    const body = '{"flow":"hello"}';
    const half = await beginRequest(url, body.length);
    const end = server.end("SIGTERM");
    await waitUntil(
      async () => expect((await fetch(`${url}readyz`).catch(() => null))?.status).not.toBe(200),
      patience,
    );
    half.write(body);

    expect(await once(half, "data").then(String)).toMatch(/^HTTP\/1.1 201 /);
    expect((await end).code).toBe(0);
    await expect(fetch(`${url}livez`)).rejects.toThrow();
  } finally {
    await cli.end();
  }
});

/** A request whose head the server has, and whose body is to come. */
async function beginRequest(url: string, length: number): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [
    "POST /api/runs HTTP/1.1",
    `Host: ${hostname}`,
    "content-type: application/json",
    "x-millrace-request: 1",
    `content-length: ${length}`,
    "expect: 100-continue",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  expect(await once(socket, "data").then(String)).toMatch(/^HTTP\/1.1 100 /);
  return socket;
}

test("dev: one address, and a changed file is served by new code", async () => {
  const cli = new CliScene(inject("redisUrl"));
  const source = (answer: string): string =>
    `import { flow } from "millrace";\nflow("hello", async () => ${JSON.stringify(answer)});\n`;
  try {
    const file = cli.write("hello.ts", source("one"));
    const dev = cli.start(["dev", file, "--port", "0"]);
    const url = await dev.until(/is at (http:\S+\/)/);
    await dev.until(/Worker (\w+) is ready/);
    const before = await resultOf(url);
    cli.write("hello.ts", source("two"));
    await dev.until(
      /hello\.ts changed[^]*Worker \w+ is ready[^]*stopped cleanly|hello\.ts changed[^]*stopped cleanly[^]*is ready/,
    );
    const after = await resultOf(url);

    expect([before, after]).toEqual(["one", "two"]);
    expect((await dev.end("SIGTERM")).code).toBe(0);
  } finally {
    await cli.end();
  }
});

/** What a run of the flow gives that is asked for over HTTP. */
async function resultOf(url: string): Promise<unknown> {
  const started = await fetch(`${url}api/runs`, {
    method: "POST",
    headers: { "x-millrace-request": "1", "content-type": "application/json" },
    body: '{"flow":"hello"}',
  });
  const { run } = (await started.json()) as { run: string };
  return waitUntil(async () => {
    const detail = (await (await fetch(`${url}api/runs/${run}`)).json()) as {
      row: { state: string };
      output: unknown;
    };
    if (detail.row.state !== "COMPLETED") throw new Error(`it is ${detail.row.state}`);
    return detail.output;
  }, patience);
}

test("runs are listed by a query at the command line", async () => {
  const cli = new CliScene(inject("redisUrl"));
  try {
    const empty = await cli.run(["runs", "ls", "status:failed created>-24h"]);
    const wrong = await cli.run(["runs", "ls", "statu:failed"]);

    expect(empty.err).toContain("No runs that fit status:failed created>-24h.");
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('There is no field "statu"')]);
  } finally {
    await cli.end();
  }
});
