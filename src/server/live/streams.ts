import type { Clock } from "../../workers/clock.ts";
import type { LiveClient } from "./live-client.ts";
import type { LiveHub } from "./live-hub.ts";
import type { SseOutlet } from "./sse-outlet.ts";

export interface Stream {
  readonly outlet: SseOutlet;
  readonly client: LiveClient;
  readonly isAllowed: () => Promise<boolean>; // whoever listens may still do so
}

export interface StreamsOptions {
  readonly hub: LiveHub;
  readonly clock: Pick<Clock, "now" | "chance">;
  readonly deafMs: number; // who takes nothing for so long is gone
}

/** The open streams of a server. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #streams = new Set<Stream>();

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  add(stream: Stream): void {
    this.#streams.add(stream);
  }

  remove(stream: Stream): void {
    this.#streams.delete(stream);
    this.#options.hub.leave(stream.client);
  }

  /** Says on every stream that it is alive, ends those that have no business here any more, and looks at everything anew. */
  async beat(): Promise<void> {
    const { hub, clock, deafMs } = this.#options;
    for (const { outlet } of this.#streams) {
      if (outlet.blockedAt !== null && clock.now() - outlet.blockedAt >= deafMs) outlet.cut();
      else outlet.beat();
    }
    hub.lookAtAll();
    await Promise.all([...this.#streams].map(async (stream) => this.#check(stream)));
  }

  /** Sends everybody away; they come back, here or elsewhere, one after the other. */
  async stop(): Promise<void> {
    const { hub, clock } = this.#options;
    for (const { outlet } of this.#streams) outlet.bye(clock.chance());
    this.#streams.clear();
    await hub.stop();
  }

  async #check({ outlet, isAllowed }: Stream): Promise<void> {
    const isStill = await isAllowed().catch(() => true); // Redis is away: it is asked again at the next beat
    if (!isStill) outlet.bye(this.#options.clock.chance());
  }
}
