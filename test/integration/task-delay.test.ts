import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { flow, type RunHandle, task } from "../../src/index.ts";
import { backgroundName, registerBackground } from "../../src/sdk/background.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";

let failures = 0;
const mail = task(
  "send_mail",
  { tags: ["mail"] },
  async (to: string, copies: number) => `${copies} to ${to}`,
);
const shaky = task("shaky", async (limit: number) => {
  failures += 1;
  if (failures < limit) throw new RangeError(`failure ${failures}`);
  return failures;
});

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
  process.env["MILLRACE_REDIS_URL"] = inject("redisUrl");
  process.env["MILLRACE_NAMESPACE"] = scene.namespace;
  registerBackground();
});
afterAll(async () => {
  delete process.env["MILLRACE_REDIS_URL"];
  delete process.env["MILLRACE_NAMESPACE"];
  await scene.end();
});

describe("task.delay()", () => {
  test("runs the task on a worker, as a run with the name of the task", async () => {
    await scene.worker(backgroundName);

    const run: RunHandle<string> = await mail.delay("ada@example.com", 2);

    expect(await run.result()).toBe("2 to ada@example.com");
    expect(run).toMatchObject({ name: "send_mail", flow: "background#" });
    expect((await run.history())[0]).toMatchObject({ data: { tags: ["mail"], queue: "default" } });
  });

  test("takes the options of a copy along", async () => {
    const run = await shaky.withOptions({ retries: 2, retryDelay: 1 }).delay(3);

    expect(await run.result()).toBe(3);
    const again = await shaky.delay(99);
    await expect(again.result()).rejects.toMatchObject({ code: "RUN_FAILED", cause: { name: "RangeError" } });
  });

  test("waits for a worker that knows the task", async () => {
    const client = await scene.connect();
    const input = { task: "elsewhere", args: [7], overrides: null };
    const { run: id } = await scene.look.start({
      flow: backgroundName,
      input,
      queue: "default",
      tags: [],
      name: "elsewhere",
      source: null,
    });
    const waiting = await client.run<number>(id);
    await expect(waiting.result({ timeout: 500 })).rejects.toMatchObject({ code: "WAIT_TIMED_OUT" });

    task("elsewhere", async (n: number) => n + 1);

    expect(await waiting.result({ timeout: "30s" })).toBe(8);
  });

  test("is refused in a flow, where submit() does it, and records nothing that was not recordable", async () => {
    const inside = flow("delays_inside", async () => mail.delay("x", 1));

    await expect(inside()).rejects.toMatchObject({ message: expect.stringContaining("submit()") });
    await expect(mail.delay((() => 1) as unknown as string, 1)).rejects.toMatchObject({
      code: "OUTPUT_UNRECORDABLE",
    });
  });
});
