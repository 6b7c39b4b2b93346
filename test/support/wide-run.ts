import { encodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunStarted } from "../../src/events/run-events.ts";
import { TaskAttemptFailed, TaskCompleted, TaskFailed, TaskStarted } from "../../src/events/task-events.ts";
import { failure, HistoryByHand } from "./history-by-hand.ts";

interface Wide {
  readonly tasks: number; // of the map
  readonly slots?: number; // how many run at once
}

/**
 * A run that maps one task over a long list: each call is asked for in the first turn, begins on one of four workers, and
 * ends. Every 97th fails for good, every 31st fails once and is tried again.
 */
export function wideRun({ tasks, slots = 16 }: Wide, run = "wide"): readonly RecordedEvent[] {
  const history = new HistoryByHand(run).created("wide").turn();
  history.add(RunStarted.make({ input: null }));
  const keys = Array.from({ length: tasks }, (_, index) => `fetch#1[${index}]`);
  for (const key of keys) history.task(key, { queue: "default" });
  for (let first = 0; first < tasks; first += slots) {
    const wave = keys.slice(first, first + slots);
    for (const key of wave) start(history, key, 1);
    const ends = wave.map((key, index) => end(history, key, first + index));
    history.turn(ends, { ms: 1 });
  }
  return history.events;
}

function start(history: HistoryByHand, key: string, attempt: number): void {
  const worker = workerOf(key);
  history.add(TaskStarted.make({ key, attempt, worker }), { ms: 1, by: `worker:${worker}` });
}

function workerOf(key: string): string {
  return `w${(Number(key.slice(key.indexOf("[") + 1, -1)) % 4) + 1}`;
}

/** The position of the event that ended it. */
function end(history: HistoryByHand, key: string, index: number): number {
  const error = failure("the warehouse is closed");
  const by = `worker:${workerOf(key)}`;
  let attempt = 1;
  if (index % 31 === 30) {
    const retryAt = history.now + 5;
    history.add(TaskAttemptFailed.make({ key, attempt, maxAttempts: 3, error, retryAt, heartbeat: null }), {
      ms: 3,
      by,
    });
    attempt = 2;
    start(history, key, attempt);
  }
  const event =
    index % 97 === 96
      ? TaskFailed.make({ key, attempt, error, name: "Failed" })
      : TaskCompleted.make({ key, attempt, output: encodeValue(index) });
  return history.add(event, { ms: 2, by }).position;
}
