import { EngineError } from "../base/errors.ts";
import { findUnrecordable, unrecordable } from "../base/recordable.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import type { Clock } from "./clock.ts";
import { heartbeatTimedOut } from "./time-limits.ts";

/** Where the heartbeats of an attempt go, and what is known of earlier ones. */
export interface HeartPorts {
  readonly last: Uint8Array | null; // details of the newest heartbeat of an earlier attempt; null = there are none
  /** Stores a heartbeat; null details = it has none. Answers false when nobody wants the attempt any more. */
  readonly store: (details: Uint8Array | null) => Promise<boolean>;
}

interface HeartOptions {
  readonly what: string; // "The heartbeat of task import#1"
  readonly timeoutMs: number | null; // null = none
  readonly ports: HeartPorts | null; // null = heartbeats are not stored
  readonly clock: Clock;
  readonly onLate: (error: EngineError) => void; // the time between two heartbeats was too long
  readonly onOver: () => void; // nobody wants the attempt any more
}

const everyMs = 1_000; // heartbeats are stored at most so often, when there is no timeout
const share = 0.8; // of the timeout, when there is one
const detailsLimitBytes = 32 * 1024;

/** The heartbeats of one attempt: the newest counts, and not every one is stored. */
export class Heart {
  readonly #options: HeartOptions;
  #beatAt: number;
  #storedAt = Number.NEGATIVE_INFINITY;
  #details: Uint8Array | null = null;
  #isStoring = false;
  #forgetTimer: () => void = () => undefined;
  #forgetFlush: (() => void) | null = null; // null = nothing waits to be stored
  #isStopped = false;

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#beatAt = options.clock.now();
  }

  /** Begins to watch, when there is a timeout. */
  start(): void {
    const { timeoutMs } = this.#options;
    if (timeoutMs === null) return;
    this.#watch(timeoutMs);
    this.#flush(); // from now on others can see that it stopped
  }

  /** @throws EngineError OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE for details that cannot be stored */
  beat(details: unknown): void {
    const { clock, what } = this.#options;
    if (details !== undefined) this.#details = toBytes(details, what);
    this.#beatAt = clock.now();
    if (this.#isStopped || this.#forgetFlush !== null) return;
    const waitMs = this.#storedAt + this.#throttleMs - this.#beatAt;
    if (waitMs <= 0 && !this.#isStoring) return this.#flush();
    this.#forgetFlush = clock.after(Math.max(waitMs, 1), () => this.#flush());
  }

  /** Details of the newest heartbeat of an earlier attempt; undefined = there are none. */
  get last(): unknown {
    const { ports, what } = this.#options;
    const last = ports?.last ?? null;
    return last === null ? undefined : decodeValue(last, what);
  }

  /** Of the newest heartbeat of this attempt; null = it had none. */
  get details(): Uint8Array | null {
    return this.#details;
  }

  /** Why the attempt has failed, whatever it returns now; null = it has not. For code that let no timer run. */
  get lateness(): EngineError | null {
    const { timeoutMs, clock } = this.#options;
    return timeoutMs !== null && clock.now() - this.#beatAt > timeoutMs ? heartbeatTimedOut(timeoutMs) : null;
  }

  stop(): void {
    this.#isStopped = true;
    this.#forgetTimer();
    this.#forgetFlush?.();
  }

  get #throttleMs(): number {
    const { timeoutMs } = this.#options;
    return timeoutMs === null ? everyMs : timeoutMs * share;
  }

  #watch(timeoutMs: number): void {
    const { clock, onLate } = this.#options;
    this.#forgetTimer = clock.after(Math.max(0, this.#beatAt + timeoutMs - clock.now()), () => {
      if (clock.now() - this.#beatAt < timeoutMs) this.#watch(timeoutMs);
      else onLate(heartbeatTimedOut(timeoutMs));
    });
  }

  #flush(): void {
    this.#forgetFlush = null;
    const { ports, clock, onOver } = this.#options;
    if (ports === null || this.#isStopped) return;
    this.#storedAt = clock.now();
    this.#isStoring = true;
    ports.store(this.#details).then(
      (isWanted) => {
        this.#isStoring = false;
        if (!isWanted && !this.#isStopped) onOver();
      },
      () => {
        this.#isStoring = false; // Redis is away; the next heartbeat tries again
      },
    );
  }
}

function toBytes(details: unknown, what: string): Uint8Array {
  const refusal = findUnrecordable(details);
  if (refusal !== null) throw unrecordable(what, refusal);
  const bytes = encodeValue(details);
  if (bytes.length <= detailsLimitBytes) return bytes;
  throw new EngineError(
    "PAYLOAD_TOO_LARGE",
    `${what} has details of ${bytes.length} bytes, and at most ${detailsLimitBytes} are kept. Give the place where the ` +
      `progress is stored, as an offset or a path.`,
    { what, sizeBytes: bytes.length, limitBytes: detailsLimitBytes },
  );
}
