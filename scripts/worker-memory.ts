/**
 * Memory of one worker over many small runs: `npx tsx scripts/worker-memory.ts [runs] [every]`; 100,000 and 10,000 by
 * default. Prints what is left in the worker after each collection of its garbage.
 */
import { setup as compileFixtures } from "../test/support/compiled-fixtures.ts";
import { sampleMemory } from "../test/support/worker-memory.ts";

const runs = Number(process.argv[2] ?? 100_000);
const every = Number(process.argv[3] ?? 10_000);
const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
const startedAt = performance.now();

const remove = await compileFixtures();
try {
  await sampleMemory({
    runs,
    every,
    onSample: ({ runs: ended, heapBytes, rssBytes }) => {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
      console.log(`${ended} runs in ${seconds} s: heap ${mib(heapBytes)} MiB, RSS ${mib(rssBytes)} MiB`);
    },
  });
} finally {
  await remove();
}
