import type { FromHub, LiveItem, LiveState, ToHub } from "./messages.ts";
import { mergeTopics, readTopic, writeTopic } from "./topics.ts";

/** What a stream tells its hub. */
export interface SourceEvents {
  opened(): void;
  batch(cursor: string | null, items: readonly LiveItem[]): void;
  reset(cursor: string | null): void;
  lost(): void; // it will not come back by itself
  retrying(): void; // it will
}

/** Opens one stream of the server; the function that comes back closes it. */
export type OpenSource = (
  question: { readonly topics: readonly string[]; readonly since: string | null },
  events: SourceEvents,
) => () => void;

export interface HubPorts {
  readonly open: OpenSource;
  readonly tell: (message: FromHub) => void; // to every page
  readonly later: (action: () => void, ms: number) => () => void; // the function that comes back calls it off
  readonly now: () => number; // epoch ms
}

interface Page {
  readonly topics: readonly string[];
  readonly heardAt: number; // epoch ms
}

const settleMs = 30; // pages that come and go at once ask once
const silentMs = 180_000; // hidden pages' timers may fire once a minute
const maxBackoffMs = 15_000;

/**
 * The one stream of a browser: knows what its pages want, keeps a single stream of the server open for all of them,
 * and opens it again where it broke off. Invariants: (1) at most one stream is open; (2) a run's events reach the pages
 * without a gap: a new stream starts after the last one that was passed on; (3) nothing is open when nobody wants it.
 */
export class LiveHub {
  readonly #ports: HubPorts;
  readonly #pages = new Map<string, Page>();
  readonly #passed = new Map<string, number>(); // by a run's topic: the position up to which pages have its events
  #cursor: string | null = null;
  #close: (() => void) | null = null;
  #asked = ""; // the names of the open stream
  #failures = 0;
  #state: LiveState = "off";
  #cancelPlan: (() => void) | null = null;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    ports.tell({ kind: "hello" });
  }

  hear(message: ToHub): void {
    if (message.kind === "bye") this.#pages.delete(message.client);
    else this.#admit(message.client, message.topics);
    this.#forgetSilent();
    this.#plan(settleMs);
  }

  #admit(client: string, topics: readonly string[]): void {
    const before = new Set(this.#pages.get(client)?.topics);
    for (const text of topics) {
      const { name, after } = readTopic(text);
      const passed = this.#passed.get(name);
      // A page that came later may know less than what was passed on to the others; they skip what they have.
      if (after === null || before.has(text) || passed === undefined || passed <= after) continue;
      this.#passed.set(name, after);
      this.#asked = "";
    }
    // A page that joins an open stream hears of no change by itself.
    if (!this.#pages.has(client) && this.#state !== "off") this.#enter(this.#state);
    this.#pages.set(client, { topics, heardAt: this.#ports.now() });
  }

  #forgetSilent(): void {
    const limit = this.#ports.now() - silentMs;
    for (const [client, { heardAt }] of this.#pages) if (heardAt < limit) this.#pages.delete(client);
  }

  #plan(ms: number): void {
    this.#cancelPlan?.();
    this.#cancelPlan = this.#ports.later(() => {
      this.#cancelPlan = null;
      this.#follow();
    }, ms);
  }

  /** Opens the stream that the pages want now, unless it is open. */
  #follow(): void {
    const wanted = mergeTopics([...this.#pages.values()].map(({ topics }) => topics));
    const names = [...wanted.keys()].toSorted().join(" ");
    for (const name of this.#passed.keys()) if (!wanted.has(name)) this.#passed.delete(name);
    if (names === this.#asked && this.#close !== null) return;
    this.#shut();
    this.#asked = names;
    if (names === "") {
      this.#cursor = null;
      this.#enter("off");
      return;
    }
    const topics = [...wanted.values()].map(({ name, after }) =>
      writeTopic({ name, after: after === null ? null : (this.#passed.get(name) ?? after) }),
    );
    this.#enter(this.#failures === 0 ? "connecting" : "reconnecting");
    this.#close = this.#ports.open({ topics: topics.toSorted(), since: this.#cursor }, this.#events());
  }

  #events(): SourceEvents {
    return {
      opened: () => {
        this.#failures = 0;
        this.#enter("live");
      },
      batch: (cursor, items) => {
        if (cursor !== null) this.#cursor = cursor;
        for (const item of items) this.#pass(item);
        this.#ports.tell({ kind: "items", items });
      },
      reset: (cursor) => {
        if (cursor !== null) this.#cursor = cursor;
        this.#ports.tell({ kind: "reset" });
      },
      retrying: () => this.#enter("reconnecting"),
      lost: () => {
        this.#shut();
        this.#failures += 1;
        this.#enter("reconnecting");
        this.#plan(Math.min(maxBackoffMs, 500 * 2 ** (this.#failures - 1)));
      },
    };
  }

  #enter(state: LiveState): void {
    this.#state = state;
    this.#ports.tell({ kind: "state", state });
  }

  #pass({ topic, events }: LiveItem): void {
    if (!topic.startsWith("run:") || !Array.isArray(events)) return;
    const positions = events.map((event: unknown) => positionOf(event));
    this.#passed.set(topic, Math.max(this.#passed.get(topic) ?? 0, ...positions));
  }

  #shut(): void {
    this.#close?.();
    this.#close = null;
  }
}

function positionOf(event: unknown): number {
  if (typeof event !== "object" || event === null || !("position" in event)) return 0;
  return typeof event.position === "number" ? event.position : 0;
}
