import type { Event } from "../../src/events/catalog.ts";
import { encodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunCreated } from "../../src/events/run-events.ts";
import { TaskScheduled } from "../../src/events/task-events.ts";
import { TimerStarted } from "../../src/events/timer-events.ts";
import { toRecorded } from "../../src/events/to-recorded.ts";
import { TurnTaken } from "../../src/events/turn-events.ts";

/** Who wrote an event, and how long after the one before. */
interface When {
  readonly ms?: number;
  readonly by?: string;
}

/** The history of a run as a test writes it down. */
export class HistoryByHand {
  readonly events: RecordedEvent[] = [];
  readonly run: string;
  now: number; // epoch ms, when the newest event was recorded
  turns = 0;

  constructor(run: string, now = 1_000) {
    this.run = run;
    this.now = now;
  }

  get position(): number {
    return this.events.length;
  }

  add(event: Event, { ms = 0, by = "worker:w1" }: When = {}): this {
    this.now += ms;
    const at = { run: this.run, position: this.position + 1, recordedAt: this.now, actor: by };
    this.events.push(toRecorded(event, at));
    return this;
  }

  created(flow: string, { input = null, by = "client:c1" }: { input?: unknown; by?: string } = {}): this {
    const named = { flow, name: `name-of-${this.run}`, queue: "default", tags: [], root: null };
    const data = {
      ...named,
      input: encodeValue(input),
      createdAt: this.now,
      source: null,
      traceparent: null,
      links: null,
      startAt: null,
      idempotencyKey: null,
    };
    return this.add(RunCreated.make(data), { by });
  }

  turn(delivered: readonly number[] = [], { done = false, epoch = 1, ...when }: Turn = {}): this {
    this.turns += 1;
    const data = {
      n: this.turns,
      epoch,
      elapsedMs: 0,
      codeHash: "h",
      flags: [],
      delivered: [...delivered],
      done,
    };
    return this.add(TurnTaken.make(data), when);
  }

  /** "extract#1" is a call of extract. */
  task(key: string, { queue = null, args = [], after = -1 }: Call = {}): this {
    const [name = ""] = key.split("#");
    const input = encodeValue(args);
    const fingerprint = input.reduce((sum, byte) => sum * 31 + byte, 7) % 1_000_000_007;
    const data = {
      key,
      name,
      queue,
      input,
      fingerprint,
      after,
      site: "flow.ts:1",
      overrides: null,
      rules: null,
    };
    return this.add(TaskScheduled.make(data));
  }

  sleep(key: string, ms: number, after = -1): this {
    return this.add(TimerStarted.make({ key, ms, after, site: null }));
  }
}

interface Turn extends When {
  readonly done?: boolean;
  readonly epoch?: number;
}

interface Call {
  readonly queue?: string | null;
  readonly args?: readonly unknown[];
  readonly after?: number;
}

export const failure = (message: string, code: string | null = null) => ({
  name: "RangeError",
  message,
  stack: `RangeError: ${message}\n    at flow.ts:1`,
  code,
  causes: [],
});
