import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { redisBytes } from "../../bench/suite/redis-facts.ts";
import { readJsonLines } from "../../bench/suite/rows.ts";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { startServer } from "../support/redis-server.ts";

const program = fileURLToPath(new URL("../../bench/start.ts", import.meta.url));

test("the suite measures compiled engines in processes of their own, and writes rows and plots", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-test-"));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  const args = [
    "main",
    "--node",
    process.execPath,
    "--engine",
    "floor,millrace",
    "--workload",
    "B1",
    "--tiny",
  ];

  const suite = spawn(
    process.execPath,
    ["--import", "tsx", program, ...args, "--out", join(folder, "r.ndjson")],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let printed = "";
  suite.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = await once(suite, "close");

  expect(code).toBe(0);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["r.ndjson", "r-B1.svg"]));
  const rows = readJsonLines(await readFile(join(folder, "r.ndjson"), "utf8"));
  expect(rows.filter(({ engine }) => engine === "floor").map(({ figure, why }) => figure ?? why)).toEqual(
    expect.arrayContaining(["p50", "p99", "first 200 runs"]),
  );
  const p50 = rows.find(({ engine, figure }) => engine === "millrace" && figure === "p50");
  expect(p50).toMatchObject({ workload: "B1", unit: "ms", isQuick: true });
  expect(p50?.n).toBeGreaterThanOrEqual(3);
  expect(p50?.median).toBeGreaterThan(0);
  expect(p50?.settings).toMatch(/, built$/);
  expect(p50?.machine["node"]).toBe(process.version);
  expect(Object.keys(p50?.versions ?? {})).toEqual(["millrace", "redis"]);
  expect(printed).toContain("| Millrace, in the caller's process, AOF everysec |");
});

test("what is written to the log of a Redis is counted whole, although a rewrite would have shrunk it", async () => {
  const server = await startServer({ settings: { "auto-aof-rewrite-min-size": "64kb" } });
  const redis = openConnection(toAddress(server.url));
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  const value = Buffer.alloc(100_000, "x");
  await redis.set("the same", value);

  const before = await redisBytes(redis);
  for (let times = 0; times < 500; times += 1) await redis.set("the same", value);
  const after = await redisBytes(redis);

  expect(after.log - before.log).toBeGreaterThan(500 * value.length);
});
