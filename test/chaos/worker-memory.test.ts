import { expect, test } from "vitest";
import { sampleMemory } from "../support/worker-memory.ts";

const every = 2_500; // runs, after which nearly everything is loaded and compiled
const mostBytes = 450; // a run, with what is compiled late; with an AbortSignal left behind by each queued task it was 477

test("a worker that has ended thousands of runs holds no more than before", async () => {
  const samples = await sampleMemory({ runs: 3 * every, every });

  expect(samples.map(({ runs }) => runs)).toEqual([every, 2 * every, 3 * every]);
  const held = samples.map(({ heapBytes }) => heapBytes);
  const grown = held.slice(1).map((bytes, index) => (bytes - (held[index] ?? 0)) / every);
  expect(Math.min(...grown)).toBeLessThan(mostBytes); // what stays of each run shows in both
});
