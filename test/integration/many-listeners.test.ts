import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { flow, task, taskContext } from "../../src/index.ts";
import { Gate } from "../support/gate.ts";

const warnings: string[] = [];
const listen = (warning: Error): void => void warnings.push(warning.name);

beforeAll(() => {
  process.env["MILLRACE_REDIS_URL"] = inject("redisUrl");
  process.on("warning", listen);
});
afterAll(() => {
  process.off("warning", listen);
  delete process.env["MILLRACE_REDIS_URL"];
});

test("many tasks of one run may listen to their signals at the same time, without a warning of leaks", async () => {
  const all = new Gate(30);
  const listening = task("listening", async () => {
    taskContext().signal.addEventListener("abort", () => undefined);
    await all.pass();
  });
  const many = flow("many_listeners", async () => {
    await Promise.all(Array.from({ length: 30 }, async () => listening()));
    return "ended";
  });

  await expect(many()).resolves.toBe("ended");

  expect(warnings).toEqual([]);
});
