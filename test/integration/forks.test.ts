import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { flow, task, uuid } from "../../src/index.ts";
import { RedisLog } from "../../src/redis/redis-log.ts";
import type { Client } from "../../src/workers/client.ts";
import { forkRun } from "../../src/workers/fork-run.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";

const calls: string[] = [];
const step = task("fork_step", async (name: string) => {
  calls.push(name);
  return name.toUpperCase();
});
const path = flow("forked_path", async (count: number) => {
  const steps: string[] = [uuid()];
  for (let n = 0; n < count; n += 1) steps.push(await step(`s${n}`));
  return steps;
});

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
  await scene.worker("forked_path");
});
afterAll(async () => scene.end());

/** A client whose process is gone after so many writes. */
function dying(writes: number): Client {
  const { store } = scene.look;
  let left = writes;
  const redis = new Proxy(store.redis, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        if (/^(?:xadd|zadd|set|millrace-)/.test(String(name)) && (left -= 1) < 0) throw new Error("It died.");
        return Reflect.apply(member, target, args);
      };
    },
  });
  const log = new RedisLog(redis, store.namespace);
  return Object.create(scene.look, {
    store: { value: { ...store, redis } },
    log: { value: log },
    hint: { value: async () => undefined },
  }) as Client;
}

describe("forks", () => {
  test("of forks share the history of all that were before them, and change none of them", async () => {
    const client = await scene.connect();
    const first = await client.start(path, 5);
    const result = await first.result();
    const original = await scene.types(first.id);
    calls.length = 0;

    const second = await forkRun(scene.look, first.id, { task: "fork_step#4" });
    const secondResult = await (await client.run<string[]>(second.run)).result();
    const third = await forkRun(scene.look, second.run, { task: "fork_step#3", args: ["other"] });
    const thirdResult = await (await client.run<string[]>(third.run)).result();
    const sibling = await forkRun(scene.look, second.run, { task: "fork_step#5" });
    const siblingResult = await (await client.run<string[]>(sibling.run)).result();

    expect(secondResult).toEqual(result); // the same random numbers, too
    expect(thirdResult).toEqual([result[0], "S0", "S1", "OTHER", "S3", "S4"]);
    expect(siblingResult).toEqual(result);
    expect(calls).toEqual(["s3", "s4", "other", "s3", "s4", "s4"]);
    expect(await scene.types(first.id)).toEqual(original);
  });

  test("deep in a chain still know where everything came from", async () => {
    const client = await scene.connect();
    const first = await client.start(path, 2);
    const result = await first.result();
    let last = first.id;
    for (let depth = 0; depth < 6; depth += 1) {
      const fork = await forkRun(scene.look, last, { task: "fork_step#2" });
      await (await client.run(fork.run)).result();
      last = fork.run;
    }

    const events = await scene.look.events(last);
    const [created] = events;

    expect(created?.type === "RunCreated" ? created.data.links?.forkedFrom?.seed : null).toBe(first.id);
    expect(await (await client.run(last)).result()).toEqual(result);
    expect(events.filter(({ type }) => type === "RunForked")).not.toHaveLength(0);
  });

  test("by a process that dies at any point of it leave no run behind that nobody looks after", async () => {
    const client = await scene.connect();
    const first = await client.start(path, 3);
    await first.result();

    for (let writes = 0; writes < 10; writes += 1)
      await forkRun(dying(writes), first.id, { task: "fork_step#2" }).catch(() => undefined);

    const half: string[] = [];
    for await (const run of scene.look.newest()) {
      const events = await scene.look.events(run);
      const [created] = events;
      const from = created?.type === "RunCreated" ? created.data.links?.forkedFrom?.run : undefined;
      if (from === first.id && !events.some(({ type }) => type === "RunForked")) half.push(run);
    }
    expect(half).toEqual([]);
  });

  test("at a place that is not in the history are refused", async () => {
    const client = await scene.connect();
    const run = await client.start(path, 1);
    await run.result();

    await expect(forkRun(scene.look, run.id, { task: "nobody#1" })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("millrace history"),
    });
    await expect(forkRun(scene.look, run.id, { turn: 99 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});
