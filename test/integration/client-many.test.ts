import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { flow } from "../../src/index.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";

const item = z.object({ n: z.number() });
const many = flow("one_of_a_batch", { input: item }, async ({ n }) => n * 2);

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
});
afterAll(async () => scene.end());

describe("starting many runs", () => {
  test("gives one for each input, in their order, and does it again without doubling", async () => {
    const client = await scene.connect();
    const inputs = Array.from({ length: 450 }, (_, n) => ({ n }));
    const options = { key: ({ n }: { n: number }) => `item ${n}`, tags: ["batch"] };

    const part = await client.startMany(many, inputs.slice(0, 130), options); // as far as a killed program came
    const runs = await client.startMany(many, inputs, options);

    expect(runs.slice(0, 130).map(({ id }) => id)).toEqual(part.map(({ id }) => id));
    expect(runs.map(({ isNew }) => isNew)).toEqual(inputs.map(({ n }) => n >= 130));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(450);
    await scene.worker("one_of_a_batch");
    const results = await Promise.all(runs.map(async (run) => run.result({ timeout: "60s" })));
    expect(results).toEqual(inputs.map(({ n }) => n * 2));
  });

  test("makes none when one input is refused, and says which", async () => {
    const client = await scene.connect();
    const before = (await scene.look.openRuns()).length;
    const inputs = [{ n: 1 }, { n: "2" as unknown as number }, { n: 3 }];

    await expect(client.startMany(many, inputs)).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringMatching(/^Input 1 of one_of_a_batch.*No run was made\.$/s),
    });

    expect((await scene.look.openRuns()).length).toBe(before);
  });

  test("of none is none", async () => {
    const client = await scene.connect();

    expect(await client.startMany("one_of_a_batch", [])).toEqual([]);
  });
});
