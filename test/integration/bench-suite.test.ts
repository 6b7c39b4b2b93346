import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readJsonLines } from "../../bench/suite/rows.ts";

const program = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

test("the suite measures engines in processes of their own, and writes rows and plots", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-test-"));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  const args = ["--engine", "floor,millrace", "--workload", "B1", "--tiny"];

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
    expect.arrayContaining(["p50", "p99"]),
  );
  const p50 = rows.find(({ engine, figure }) => engine === "millrace" && figure === "p50");
  expect(p50).toMatchObject({ workload: "B1", n: 3, unit: "ms", isQuick: true });
  expect(p50?.median).toBeGreaterThan(0);
  expect(Object.keys(p50?.versions ?? {})).toEqual(["millrace", "redis"]);
  expect(printed).toContain("| Millrace, in the caller's process, AOF everysec |");
});
