import { expect, test } from "vitest";
import { sampleMemory } from "../support/worker-memory.ts";

const every = 2_500; // runs, after which nearly everything is loaded and compiled
const mostBytes = 450; // a run, with what is compiled late; with an AbortSignal left behind by each queued task it was 477

test("a worker that has ended thousands of runs holds no more than before", async () => {
  const [first, second] = await sampleMemory({ runs: 2 * every, every });

  expect([first?.runs, second?.runs]).toEqual([every, 2 * every]);
  const grownBytes = (second?.heapBytes ?? Number.POSITIVE_INFINITY) - (first?.heapBytes ?? 0);
  expect(grownBytes / every).toBeLessThan(mostBytes);
});
