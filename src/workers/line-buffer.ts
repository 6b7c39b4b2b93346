import { packLine } from "../observe/kept-line.ts";
import type { RunLine } from "../observe/run-line.ts";
import type { Clock } from "./clock.ts";

/** Lines of one run, packed, oldest first. */
export interface LineBatch {
  readonly run: string;
  readonly lines: readonly string[];
}

export interface LineBufferOptions {
  readonly worker: string;
  readonly clock: Clock;
  readonly append: (batches: readonly LineBatch[]) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
  readonly limits?: Partial<LineLimits>;
}

export interface LineLimits {
  readonly flushMs: number; // a line waits at most so long
  readonly flushLines: number; // so many do not wait
  readonly batchLines: number; // are sent together
  readonly lines: number; // are held; then the oldest ones are dropped
  readonly characters: number;
  readonly againMs: number; // after a refusal
}

const defaultLimits: LineLimits = {
  flushMs: 100,
  flushLines: 100,
  batchLines: 500,
  lines: 10_000,
  characters: 8_000_000,
  againMs: 1_000,
};

interface Held {
  readonly run: string;
  readonly text: string;
  readonly n: number;
}

interface Loss {
  count: number;
  n: number; // of the newest line that was lost
}

/**
 * Log lines on their way to Redis. Nobody waits for it: when Redis is away, the oldest lines are dropped, counted, and the
 * count is written where they would have stood.
 */
export class LineBuffer {
  readonly #options: LineBufferOptions;
  readonly #limits: LineLimits;
  #lines: Held[] = [];
  #characters = 0;
  #lost = new Map<string, Loss>();
  #sending: Promise<void> | null = null;
  #forget: (() => void) | null = null; // the timer; null = none is set
  #underWay = 0; // lines of the batch that was sent and not answered
  #isRefused = false; // the last batch was; the next try waits
  #n = 0;

  constructor(options: LineBufferOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  add(run: string, line: RunLine): void {
    this.#n += 1;
    const text = packLine(line, { worker: this.#options.worker, n: this.#n });
    this.#lines.push({ run, text, n: this.#n });
    this.#characters += text.length;
    this.#dropOldest();
    if (this.#lines.length >= this.#limits.flushLines && !this.#isRefused) this.flush();
    else this.#wakeIn(this.#isRefused ? this.#limits.againMs : this.#limits.flushMs);
  }

  /** Sends what there is, now; a batch that is under way goes first. */
  flush(): void {
    this.#forget?.();
    this.#forget = null;
    this.#isRefused = false;
    if (this.#lines.length > 0 || this.#lost.size > 0) this.#sending ??= this.#send();
  }

  /** Sends what there is, and waits until Redis has it, at most `waitMs`. */
  async settled(waitMs: number): Promise<void> {
    this.flush();
    let forget = (): void => undefined;
    const timeout = new Promise<void>((resolve) => {
      if (this.#sending !== null) forget = this.#options.clock.after(waitMs, resolve);
    });
    if (this.#sending !== null) await Promise.race([this.#sending, timeout]);
    forget();
  }

  /** Sends the rest, and gives up what Redis does not take within `waitMs`. @returns how many lines were lost with it */
  async close(waitMs: number): Promise<number> {
    await this.settled(waitMs);
    this.#forget?.();
    this.#forget = null;
    return this.#underWay + this.#lines.length + countOf(this.#lost);
  }

  async #send(): Promise<void> {
    try {
      while (this.#lines.length > 0 || this.#lost.size > 0) await this.#sendBatch();
      this.#sending = null;
    } catch (error) {
      this.#sending = null;
      this.#isRefused = true;
      this.#wakeIn(this.#limits.againMs);
      this.#options.onTrouble(error);
    }
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#lines.splice(0, this.#limits.batchLines);
    for (const { text } of batch) this.#characters -= text.length;
    const lost = this.#lost;
    this.#lost = new Map();
    this.#underWay = batch.length + countOf(lost);
    try {
      await this.#options.append(this.#toBatches(batch, lost));
    } catch (error) {
      this.#takeBack(batch, lost);
      throw error;
    } finally {
      this.#underWay = 0;
    }
  }

  #toBatches(batch: readonly Held[], lost: ReadonlyMap<string, Loss>): readonly LineBatch[] {
    const byRun = new Map<string, string[]>();
    for (const [run, loss] of lost) byRun.set(run, [this.#remark(loss)]);
    for (const { run, text } of batch) {
      const lines = byRun.get(run);
      if (lines === undefined) byRun.set(run, [text]);
      else lines.push(text);
    }
    return [...byRun].map(([run, lines]) => ({ run, lines }));
  }

  #remark({ count, n }: Loss): string {
    const message = `${count} log ${count === 1 ? "line was" : "lines were"} lost: Redis did not take them in time`;
    const { worker, clock } = this.#options;
    const line = { time: clock.now(), level: "warn", task: null, attempt: 0, after: null, message } as const;
    return packLine({ ...line, fields: {} }, { worker, n });
  }

  #takeBack(batch: readonly Held[], lost: ReadonlyMap<string, Loss>): void {
    for (const [run, { count, n }] of lost) this.#lose(run, n, count);
    this.#lines = [...batch, ...this.#lines];
    for (const { text } of batch) this.#characters += text.length;
    this.#dropOldest();
  }

  #dropOldest(): void {
    const { lines, characters } = this.#limits;
    while (this.#lines.length > lines || this.#characters > characters) {
      const oldest = this.#lines.shift();
      if (oldest === undefined) return;
      this.#characters -= oldest.text.length;
      this.#lose(oldest.run, oldest.n, 1);
    }
  }

  #lose(run: string, n: number, count: number): void {
    const loss = this.#lost.get(run);
    if (loss === undefined) this.#lost.set(run, { count, n });
    else Object.assign(loss, { count: loss.count + count, n: Math.max(loss.n, n) });
  }

  #wakeIn(ms: number): void {
    if (this.#sending !== null) return;
    this.#forget ??= this.#options.clock.after(ms, () => {
      this.#forget = null;
      this.flush();
    });
  }
}

function countOf(lost: ReadonlyMap<string, Loss>): number {
  let count = 0;
  for (const loss of lost.values()) count += loss.count;
  return count;
}
