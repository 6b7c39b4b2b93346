import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { directory, flow, task } from "../../src/index.ts";
import { SharingScene } from "../support/sharing-scene.ts";

let scene: SharingScene;
let folder: string;
beforeEach(async () => {
  scene = await SharingScene.open(inject("redisUrl"));
  folder = mkdtempSync(join(tmpdir(), "millrace-results-"));
});
afterEach(async () => {
  await scene.end();
  rmSync(folder, { recursive: true, force: true });
});

const value = { text: "x".repeat(60_000) };

test("results lie there when a call says so that another worker carries out, and where it says Redis they do not", async () => {
  const make = task("make_far", async () => value);
  const away = task("make_away", { resultStorage: directory(folder) }, async () => value);
  const keeps = flow("keeps_far", async () => {
    await make
      .withOptions({ resultStorage: directory(folder), resultSerializer: "json" })
      .submit()
      .result();
    await away.withOptions({ resultStorage: "redis" }).submit().result();
  });
  await scene.worker(keeps);

  const { run } = await scene.run(await scene.host(), keeps);

  const outputs = (await scene.events(run)).flatMap((event) =>
    event.type === "TaskCompleted" ? [event.data.output] : [],
  );
  expect(outputs).toEqual([
    [expect.stringMatching(/^[0-9a-f]{64}$/), expect.any(Number), `json file://${folder}`],
    [expect.stringMatching(/^[0-9a-f]{64}$/), expect.any(Number)],
  ]);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/\.json$/)]);
});
