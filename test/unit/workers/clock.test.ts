import { expect, test } from "vitest";
import { systemClock } from "../../../src/workers/clock.ts";

/** Drains `times` times in a row; calls `step` before each. */
async function drains(times: number, step: (index: number) => void): Promise<void> {
  const drain = systemClock.manyDrains?.();
  for (let index = 0; index < times; index += 1) {
    step(index);
    await new Promise<void>((resolve) => drain?.(resolve));
  }
}

test("between two drains of a row everything runs that can", async () => {
  const seen: string[] = [];
  await drains(40, (index) => {
    process.nextTick(() => {
      queueMicrotask(() => process.nextTick(() => seen.push(`${index} ran`)));
    });
    seen.push(`${index} begins`);
  });
  expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => [`${index} begins`, `${index} ran`]).flat());
});

test("a row of drains lets others have their turn", async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    other = setImmediate(count);
  };
  let other = setImmediate(count);
  await drains(160, () => undefined);
  clearImmediate(other);
  expect(turns).toBeGreaterThanOrEqual(9);
});

test("rows do not wait for each other", async () => {
  const order: string[] = [];
  await Promise.all(["a", "b"].map(async (name) => drains(2, (index) => order.push(`${name}${index}`))));
  expect(order).toEqual(["a0", "b0", "a1", "b1"]);
});
