import { expect, test } from "vitest";
import { z } from "zod";
import type { DivergenceCode } from "../../../src/engine/divergence.ts";
import { signal } from "../../../src/sdk/signals.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { play, sends } from "../../support/play-flow.ts";
import { task } from "../../support/record-flow.ts";

const yes = signal("yes", z.string());
const no = signal("no", z.string());
const twice = task("twice", async (n: number) => n * 2);
const thrice = task("thrice", async (n: number) => n * 3);

type Body = () => Promise<unknown>;

const changed: readonly (readonly [DivergenceCode, string, Body, Body])[] = [
  ["E_DIFFERENT_CALL", "waits for another signal", async () => yes.receive(), async () => no.receive()],
  ["E_DIFFERENT_CALL", "sleeps where it waited", async () => yes.receive(), async () => sleep("1m")],
  ["E_DIFFERENT_CALL", "waits where it slept", async () => sleep("1m"), async () => yes.receive()],
  ["E_DIFFERENT_CALL", "calls where it slept", async () => sleep("1m"), async () => twice(1)],
  ["E_DIFFERENT_CALL", "calls another task with the same input", async () => twice(1), async () => thrice(1)],
  ["E_INPUT", "gives another value", async () => twice(1), async () => twice(2)],
];

test.each(changed)(
  "%s: a flow that now %s is blocked, and goes on when it is mended",
  async (code, _what, before, after) => {
    const run = await play(before, [sends("yes", "y", 1_000)]);

    const now = await run.replayWith(after);
    const mended = await run.replayWith(before);

    expect(now.divergence).toMatchObject({ divergence: code });
    expect(mended.divergence).toBeNull();
  },
);

const metadata: readonly (readonly [string, Body])[] = [
  ["priority", async () => twice.withOptions({ priority: 3 })(1)],
  ["tags", async () => twice.withOptions({ tags: ["paid"] })(1)],
  ["retries", async () => twice.withOptions({ retries: 4, retryDelay: "1s" })(1)],
  ["place (submitted instead of called)", async () => twice.submit(1).result()],
  ["timeout", async () => twice.withOptions({ timeout: "1m" })(1)],
];

test.each(metadata)("another %s of a call is no other call", async (_what, after) => {
  const run = await play(async () => twice(1));

  expect((await run.replayWith(after)).divergence).toBeNull();
});

test("the text names what was recorded, what came instead, and both places", async () => {
  const run = await play(async () => yes.receive(), [sends("yes", "y", 1_000)]);

  const { divergence } = await run.replayWith(async () => no.receive());

  expect(divergence?.message).toMatch(/signal.*yes/s);
  expect(divergence?.message).toMatch(/signal.*no/s);
  expect(divergence?.message).toContain("divergence-kinds.test.ts");
});
