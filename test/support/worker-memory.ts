import { chaosSmall, smallFlows } from "../fixtures/chaos/small.ts";
import { type ChaosScene, openScene, until } from "./chaos-scene.ts";
import type { ChaosWorker } from "./chaos-workers.ts";

/** What a worker holds after some runs, its garbage collected. */
export interface MemorySample {
  readonly runs: number; // that have ended
  readonly heapBytes: number;
  readonly rssBytes: number;
}

interface MemoryOptions {
  readonly runs: number;
  readonly every: number; // runs between two samples
  readonly onSample?: (sample: MemorySample) => void;
}

const openAtOnce = 200;

/** Lets one worker process run many small runs, and looks at its memory now and then. */
export async function sampleMemory({
  runs,
  every,
  onSample,
}: MemoryOptions): Promise<readonly MemorySample[]> {
  const scene = await openScene({ flows: smallFlows.map(({ spec }) => spec.name) });
  const samples: MemorySample[] = [];
  try {
    const worker = await scene.worker();
    for (let started = 0; started < runs; ) {
      const batch = Math.min(openAtOnce / 2, every - (started % every));
      const inputs = Array.from({ length: batch }, (_, index) => started + index);
      await scene.startMany(chaosSmall.spec.name, inputs);
      started += batch;
      const isMark = started % every === 0;
      await untilFewOpen(scene, isMark ? 0 : openAtOnce / 2);
      if (!isMark) continue;
      const sample = { runs: started, ...(await askMemory(worker)) };
      samples.push(sample);
      onSample?.(sample);
    }
    return samples;
  } finally {
    await scene.end();
  }
}

async function untilFewOpen(scene: ChaosScene, most: number): Promise<void> {
  await until(60_000, async () => {
    const open = await scene.openRuns();
    if (open.length > most) throw new Error(`${open.length} runs are open.\n${scene.troubles()}`);
  });
}

async function askMemory(worker: ChaosWorker): Promise<Omit<MemorySample, "runs">> {
  const asked = worker.lines.length;
  worker.signal("SIGUSR2");
  return until(30_000, async () => {
    const line = worker.lines.slice(asked).find((text) => text.includes('"memory"'));
    if (line === undefined) throw new Error("The worker does not say what it holds.");
    // The fixture says so.
    return (JSON.parse(line) as { readonly memory: Omit<MemorySample, "runs"> }).memory;
  });
}
