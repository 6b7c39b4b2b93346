import type { LogFunction, RunLogger } from "../sdk/context.ts";

/**
 * The log of a flow's code. Lines are held back until the turn that wrote them is recorded, and lines of a replay are
 * dropped: each line comes once, after what led to it, whatever crashes.
 */
export class TurnLog implements RunLogger {
  readonly #log: RunLogger;
  readonly #isLive: () => boolean;
  #lines: (() => void)[] = [];

  readonly debug: LogFunction;
  readonly info: LogFunction;
  readonly warn: LogFunction;
  readonly error: LogFunction;

  constructor(log: RunLogger, isLive: () => boolean) {
    this.#log = log;
    this.#isLive = isLive;
    this.debug = this.#line("debug");
    this.info = this.#line("info");
    this.warn = this.#line("warn");
    this.error = this.#line("error");
  }

  /** The turn is recorded: its lines may be seen. */
  flush(): void {
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) line();
  }

  #line(level: keyof RunLogger): LogFunction {
    return (first: string | Readonly<Record<string, unknown>>, text?: string) => {
      if (!this.#isLive()) return;
      this.#lines.push(() => {
        if (typeof first === "string") this.#log[level](first);
        else this.#log[level](first, text);
      });
    };
  }
}
