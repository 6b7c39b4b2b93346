import type { LiveFrame } from "../contract/live.ts";
import type { Frame } from "./frame.ts";
import type { Outlet } from "./live-client.ts";
import type { Begin, LiveHub } from "./live-hub.ts";

export interface PollOptions {
  readonly waitMs: number; // 0 = answer at once
  readonly signal: AbortSignal; // nobody waits any more
}

/** The next frame of a client that has no stream; an empty one when nothing happens for so long. */
export async function pollFrame(
  hub: LiveHub,
  begin: Begin,
  { waitMs, signal }: PollOptions,
): Promise<LiveFrame> {
  const outlet = new OneFrame(signal);
  const client = await hub.join(begin, outlet);
  try {
    if (waitMs === 0) await client.pump();
    const frame = outlet.frame ?? (await outlet.within(waitMs));
    const { id, event, data } = frame ?? { id: client.cursor(), event: "batch" as const, data: "[]" };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `Subscription` has written it
    return { id, event, data: JSON.parse(data) as LiveFrame["data"] };
  } finally {
    hub.leave(client);
  }
}

/** Takes one frame. */
class OneFrame implements Outlet {
  readonly #signal: AbortSignal;
  #settle: () => void = () => undefined;
  frame: Frame | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get blockedAt(): number | null {
    return this.frame === null ? null : 0;
  }

  send(frame: Frame): void {
    this.frame ??= frame;
    this.#settle();
  }

  async within(ms: number): Promise<Frame | null> {
    if (ms === 0 || this.#signal.aborted) return null;
    const over = AbortSignal.any([this.#signal, AbortSignal.timeout(ms)]);
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      over.addEventListener("abort", () => resolve(), { once: true });
    });
    return this.frame;
  }
}
