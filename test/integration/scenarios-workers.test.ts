import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { flow, task, taskContext } from "../../src/index.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { Gate } from "../support/gate.ts";
import { waitUntil } from "../support/wait-until.ts";

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
});
afterAll(async () => scene.end());

describe("what users of other engines have run into", () => {
  test("a flow that no worker here defines waits for one that does, and spends nothing meanwhile", async () => {
    flow("known_here", async () => "here");
    await scene.worker("known_here");
    const client = await scene.connect();
    const run = await client.start("known_there");
    await (await client.start("known_here")).result(); // the worker is at work

    expect(await scene.types(run.id)).toEqual(["RunCreated"]);

    let attempts = 0;
    flow("known_there", { retries: 0 }, async () => {
      attempts += 1;
      return "there";
    });
    await scene.worker("known_there");
    await expect(run.result({ timeout: "20s" })).resolves.toBe("there");
    expect(attempts).toBe(1);
  });

  test("of 300 children in parallel one fails: the others are run once each, also when the parent is retried", async () => {
    const runs = new Map<number, number>();
    const child = flow("one_of_many", async (n: number) => {
      const count = (runs.get(n) ?? 0) + 1;
      runs.set(n, count);
      if (n === 137 && count === 1) throw new Error("the odd one");
      return n;
    });
    flow("many_children", { retries: 1 }, async () => {
      const futures = Array.from({ length: 300 }, (_, n) => child.submit(n));
      const results = futures.map(async (future) => future.result());
      await Promise.allSettled(results); // what has not ended when the parent fails is called again
      return (await Promise.all(results)).reduce((sum, n) => sum + n, 0);
    });
    await scene.worker("many_children", "one_of_many");
    const client = await scene.connect();

    const run = await client.start("many_children");

    await expect(run.result({ timeout: "80s" })).resolves.toBe((299 * 300) / 2);
    const counts = [...runs.values()];
    expect(counts).toHaveLength(300);
    expect(runs.get(137)).toBe(2);
    expect(counts.filter((count) => count !== 1)).toHaveLength(1);
  });

  test("cancelling a run ends the request that its task has open", async () => {
    const asked = new Gate();
    const gone = new Gate();
    const server = createServer((request, response) => {
      void asked.pass();
      response.on("close", () => void gone.pass());
      request.resume();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const ask = task("ask_slowly", async () => {
      const { signal } = taskContext();
      return (await fetch(`http://127.0.0.1:${port}/`, { signal })).status;
    });
    flow("asks_slowly", async () => ask.submit().result());
    await scene.worker("asks_slowly");
    const client = await scene.connect();
    const run = await client.start("asks_slowly");
    await asked.somebody();

    await run.cancel("nobody needs it");

    await gone.somebody();
    await expect(run.result({ timeout: "20s" })).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    server.close();
  });

  test("a limit of one passes on when the task that holds it fails, and when its worker goes", async () => {
    const order: string[] = [];
    const one = task(
      "one_at_a_time",
      { concurrency: { key: "scenario-one", limit: 1 } },
      async (name: string) => {
        order.push(`begin ${name}`);
        if (name === "bad") throw new Error("bad");
        order.push(`end ${name}`);
        return name;
      },
    );
    flow("limited_pair", async (name: string) => one.submit(name).result());
    await scene.worker("limited_pair");
    const client = await scene.connect();

    const bad = await client.start("limited_pair", "bad");
    const good = await client.start("limited_pair", "good");

    await expect(bad.result({ timeout: "20s" })).rejects.toMatchObject({ code: "RUN_FAILED" });
    await expect(good.result({ timeout: "20s" })).resolves.toBe("good");
    await waitUntil(async () => expect(order).toContain("end good"), { timeoutMs: 5_000 });
    expect(order).toHaveLength(3);
  });
});
