import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture, launcher } from "../support/cli.ts";

let scene: CliScene;
beforeAll(async () => {
  scene = new CliScene(inject("redisUrl"));
  await scene.worker(fixture("watched.ts"));
});
afterAll(async () => scene.end());

/** What a terminal of 80 by 24 gets. */
async function onTerminal(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const command = [process.execPath, launcher, ...args].join(" ");
  const child = spawn("script", ["-qec", `stty cols 80 rows 24; ${command}`, "/dev/null"], {
    cwd: scene.home,
    env: { ...process.env, MILLRACE_REDIS_URL: inject("redisUrl"), MILLRACE_NAMESPACE: scene.namespace },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = await once(child, "close");
  return { code: Number(code), text };
}

describe("millrace runs watch", () => {
  test("rewrites the calls of a run on a terminal, and ends with its result", async () => {
    const { code, text } = await onTerminal("run", "watched_map", "--watch");

    const last = text.split("\u001b[J").at(-2) ?? "";
    expect(last).toContain("watched_map");
    expect(last).toContain("Completed");
    expect(last).toMatch(/item-0 .*40\/40 .*████████████████████/);
    expect(text).toContain("\u001b["); // moves the cursor
    expect(text.trimEnd().endsWith("780")).toBe(true);
    expect(code).toBe(0);
  });

  test("prints a JSON object for each change, whatever the terminal", async () => {
    const [created] = await scene.json(["run", "watched_map", "--json"]);

    const changes = await scene.json(["runs", "watch", created.id, "--json"]);

    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes) expect(change).toMatchObject({ v: 1, run: created.id });
    const positions = changes.map(({ position }) => Number(position));
    expect(positions).toEqual(positions.toSorted((one, other) => one - other));
    expect(changes.at(-1)).toMatchObject({
      state: { type: "COMPLETED" },
      rows: [{ name: "item-0", total: 40, done: 40, failed: 0 }],
    });
  });

  test("without a terminal says line by line what happens, and ends with the run's exit code", async () => {
    const [created] = await scene.json(["run", "watched_failure", "--json"]);

    const { code, err } = await scene.run(["runs", "watch", created.id]);

    expect(err).toContain("nothing to watch");
    expect(err).not.toContain("\u001b[");
    expect(code).toBe(1);
  });

  test("and completion know the runs by name", async () => {
    const [created] = await scene.json(["run", "watched_map", "--json"]);

    const { out } = await scene.run(["__complete", "runs"]);
    const flows = await scene.run(["__complete", "flows"]);

    expect(out.split("\n")).toContain(created.name);
    expect(flows.out.trim().split("\n")).toEqual(["watched_map", "watched_failure"]);
  });
});
