import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

const scene = new CliScene(inject("redisUrl"));
beforeAll(async () => {
  await scene.worker(fixture("greetings.ts"));
});
afterAll(async () => scene.end());

describe("millrace queues ls", () => {
  test("lists queues with what waits and who takes it, and says when nobody does", async () => {
    await scene.run(["run", "waits", "--queue", "forsaken"]);

    const rows = await scene.json(["queues", "ls", "--json"]);
    const { code, out, err } = await scene.run(["queues", "ls"]);

    const served = rows.find(({ queue }) => queue === "default");
    expect(served).toMatchObject({ waiting: 0, oldestWaitingMs: 0, workers: 1 });
    expect(served.flows).toEqual(expect.arrayContaining(["fails", "hello"]));
    const forsaken = rows.find(({ queue }) => queue === "forsaken");
    expect(forsaken).toMatchObject({ active: 0, workers: 0, flows: ["waits"] });
    expect([1, 2]).toContain(forsaken.waiting); // the first hint, and perhaps that of a sweeper
    expect(forsaken.oldestWaitingMs).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect(out).toMatch(/^QUEUE +WAITING +OLDEST +ACTIVE +DELAYED +WORKERS +FLOWS$/m);
    expect(out).toMatch(/^forsaken +[12] +\S+( \S+)* +0 +0 +0 +waits$/m);
    expect(err).toContain("Nobody serves queue forsaken");
  });

  test("a queue is held, and let go on again", async () => {
    const held = await scene.json(["queues", "pause", "default", "--json"]);
    const { out: started } = await scene.run(["start", "hello", "--param", "name=ann", "--json"]);
    const resumed = await scene.run(["queues", "resume", "default"]);
    const { id: run } = JSON.parse(started) as { readonly id: string };
    const watched = await scene.run(["runs", "watch", run]);
    const unknown = await scene.run(["queues", "pause", "nobody-has-it"]);

    expect(held).toEqual([{ queue: "default", isPaused: true }]);
    expect(resumed.out).toContain("again");
    expect(watched.code).toBe(0);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("nobody-has-it");
  });
});
