import { expect, test } from "vitest";
import { sampleMemory } from "../support/worker-memory.ts";

const every = 2_000; // runs, after which everything is loaded and compiled
const mostBytes = 300; // a run; one object that is left behind for each queued task is 640

test("a worker that has ended thousands of runs holds no more than before", async () => {
  const [first, second] = await sampleMemory({ runs: 2 * every, every });

  const grownBytes = (second?.heapBytes ?? Number.POSITIVE_INFINITY) - (first?.heapBytes ?? 0);
  expect(grownBytes / every).toBeLessThan(mostBytes);
});
