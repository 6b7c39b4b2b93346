import type { ServerResponse } from "node:http";
import { type Frame, writeFrame } from "./frame.ts";
import type { Outlet } from "./live-client.ts";

export interface SseOptions {
  readonly now: () => number;
  readonly onFree: () => void; // it takes frames again
}

const leastRetryMs = 500;
const mostRetryMs = 3_000;

/** A stream of server-sent events. What the socket does not take stays with the caller: nothing piles up here. */
export class SseOutlet implements Outlet {
  readonly #response: ServerResponse;
  readonly #options: SseOptions;
  #blockedAt: number | null;

  constructor(response: ServerResponse, options: SseOptions) {
    this.#response = response;
    this.#options = options;
    this.#blockedAt = options.now(); // until it is open
    response.on("drain", () => {
      this.#blockedAt = null;
      options.onFree();
    });
  }

  get blockedAt(): number | null {
    return this.#blockedAt;
  }

  /** Takes frames from now on; the first one says where the stream begins, in case that it breaks off before the next. */
  open(first: Frame): void {
    this.#blockedAt = null;
    this.send(first);
    this.#options.onFree();
  }

  send(frame: Frame): void {
    this.#write(writeFrame(frame));
  }

  /** So that nobody between takes the stream for dead; a comment for those who read it. */
  beat(): void {
    if (this.#blockedAt === null) this.#write(`: hb ${this.#options.now()}\n\n`);
  }

  /** Says that the stream ends here, and when to come back: not everybody at once. `chance` is from 0 to below 1. */
  bye(chance: number): void {
    const retryMs = Math.round(leastRetryMs + chance * (mostRetryMs - leastRetryMs));
    if (this.#response.destroyed) return;
    this.#response.end(`event: bye\nretry: ${retryMs}\ndata: []\n\n`);
  }

  /** Ends a stream that nobody reads. */
  cut(): void {
    this.#response.destroy();
  }

  #write(text: string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    if (!this.#response.write(text)) this.#blockedAt ??= this.#options.now();
  }
}
