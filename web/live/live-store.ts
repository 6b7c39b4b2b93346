import type { FromHub, Line, LiveItem, LiveState } from "./messages.ts";
import { readTopic } from "./topics.ts";

/** What the dot in the top bar shows. */
export interface LiveStatus {
  readonly state: LiveState;
  readonly delayMs: number | null; // from an event's record to this page, of the newest; null = none came yet
}

interface Interest {
  readonly topic: string; // as asked for
  readonly name: string;
  readonly hear: (item: LiveItem) => void;
}

export interface StorePorts {
  readonly line: Line;
  readonly client: string; // the name of this page
  readonly now: () => number; // epoch ms
}

/** What this page hears live. A topic is asked for as long as somebody listens to it. */
export class LiveStore {
  readonly #ports: StorePorts;
  readonly #interests = new Set<Interest>();
  readonly #resets = new Set<() => void>();
  readonly #watchers = new Set<() => void>();
  #status: LiveStatus = { state: "off", delayMs: null };

  constructor(ports: StorePorts) {
    this.#ports = ports;
    ports.line.listen((message) => this.#receive(message));
  }

  /** Hears what comes under a topic (`runs`, `run:ID@POSITION`, …); the function that comes back ends it. */
  subscribe(topic: string, hear: (item: LiveItem) => void): () => void {
    const interest: Interest = { topic, name: readTopic(topic).name, hear };
    this.#interests.add(interest);
    this.say();
    return () => {
      this.#interests.delete(interest);
      this.say();
    };
  }

  /** Is told when something may have been missed: whatever was asked before has to be asked again. */
  onReset(action: () => void): () => void {
    this.#resets.add(action);
    return () => this.#resets.delete(action);
  }

  watchStatus = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  status = (): LiveStatus => this.#status;

  /** Tells the hub what this page wants; also now and then, so that it does not take the page for gone. */
  say(): void {
    const topics = [...new Set([...this.#interests].map(({ topic }) => topic))];
    this.#ports.line.send({ kind: "want", client: this.#ports.client, topics });
  }

  leave(): void {
    this.#ports.line.send({ kind: "bye", client: this.#ports.client });
  }

  #receive(message: FromHub): void {
    switch (message.kind) {
      case "hello":
        this.say();
        return;
      case "state":
        this.#show({ ...this.#status, state: message.state });
        return;
      case "reset":
        for (const action of this.#resets) action();
        return;
      case "items":
        for (const item of message.items) this.#pass(item);
    }
  }

  #pass(item: LiveItem): void {
    for (const { name, hear } of this.#interests) if (name === item.topic) hear(item);
    const recordedAt = newestOf(item);
    if (recordedAt === null) return;
    this.#show({ ...this.#status, delayMs: Math.max(0, this.#ports.now() - recordedAt) });
  }

  #show(status: LiveStatus): void {
    this.#status = status;
    for (const changed of this.#watchers) changed();
  }
}

function newestOf({ events }: LiveItem): number | null {
  const last: unknown = Array.isArray(events) ? events.at(-1) : null;
  if (typeof last !== "object" || last === null || !("at" in last)) return null;
  return typeof last.at === "number" ? last.at : null;
}
