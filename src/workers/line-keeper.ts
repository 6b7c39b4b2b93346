import { EngineError } from "../base/errors.ts";
import { isEnding } from "../engine/history.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { type LineLevel, levelNumbers, type RunLine } from "../observe/run-line.ts";
import type { Namespace } from "../redis/keys.ts";
import { appendLines } from "../redis/run-logs.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { Clock } from "./clock.ts";
import { LineBuffer } from "./line-buffer.ts";

/** Keeps what the code of runs says with the runs. */
export interface LineKeeper {
  add(run: string, line: RunLine): void;
  /** The end of a run: nothing of it should wait. */
  observe(events: readonly RecordedEvent[]): void;
  /** What was said is kept, or Redis takes its time. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const patienceMs = 1_000; // for the rest, when nothing runs and at a stop

interface Keeping {
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
  readonly worker: string;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

/** `from`: keeps lines of this level and above; null = none. */
export function keepLines(
  { redis, namespace, worker, clock, onTrouble }: Keeping,
  from: LineLevel | null,
): LineKeeper | null {
  if (from === null) return null;
  const least = levelNumbers[from];
  const buffer = new LineBuffer({
    worker,
    clock,
    append: async (batches) => {
      await Promise.all(batches.map(async (batch) => appendLines(redis, namespace, batch)));
    },
    onTrouble,
  });
  return {
    add: (run, line) => {
      if (levelNumbers[line.level] >= least) buffer.add(run, line);
    },
    observe: (events) => {
      if (events.some(isEnding)) buffer.flush();
    },
    settled: async () => buffer.settled(patienceMs),
    close: async () => {
      const lost = await buffer.close(patienceMs);
      const text = `${lost} log ${lost === 1 ? "line was" : "lines were"} lost: Redis did not take them in time.`;
      if (lost > 0) onTrouble(new EngineError("REDIS_UNAVAILABLE", text, { lost }));
    },
  };
}
