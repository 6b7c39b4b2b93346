import { type IncomingMessage, request } from "node:http";

export interface HeardFrame {
  readonly id: string;
  readonly event: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server sends; each test looks at its own part
  readonly data: any[];
  readonly at: number; // epoch ms when it came
}

export interface ListenOptions {
  readonly since?: string;
  readonly lastId?: string; // as a browser that comes back sends it
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of `/api/live` that reads as browsers do. */
export class LiveListener {
  readonly frames: HeardFrame[] = [];
  readonly comments: string[] = [];
  readonly #response: IncomingMessage;
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  readonly #topics = new Map<string, any[]>();
  readonly #waiters = new Set<() => void>();
  #rest = "";
  lastId: string;
  retryMs = 0;
  isOver = false;

  private constructor(response: IncomingMessage, lastId: string) {
    this.#response = response;
    this.lastId = lastId;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => this.#read(chunk));
    response.on("error", () => undefined);
    response.on("close", () => {
      this.isOver = true;
      this.#tell();
    });
  }

  static async open(base: string, topics: string, options: ListenOptions = {}): Promise<LiveListener> {
    const url = new URL("api/live", base);
    url.searchParams.set("topics", topics);
    if (options.since !== undefined) url.searchParams.set("since", options.since);
    const resumed = options.lastId === undefined ? {} : { "last-event-id": options.lastId };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(url, { agent: false, headers: { ...resumed, ...options.headers } }, resolve);
      asking.on("error", reject);
      asking.end();
    });
    return new LiveListener(response, options.lastId ?? "");
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  get headers(): IncomingMessage["headers"] {
    return this.#response.headers;
  }

  /** Everything of a topic so far, in order. */
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  of(topic: string): readonly any[] {
    return this.#topics.get(topic) ?? [];
  }

  positions(run: string): readonly number[] {
    return this.of(`run:${run}`).map(({ position }) => position);
  }

  /** Resolves as soon as it is so: it is looked at with each frame. */
  async until(isThere: (listener: LiveListener) => boolean, timeoutMs = 15_000): Promise<void> {
    if (isThere(this)) return;
    await new Promise<void>((resolve, reject) => {
      const waiter = (): void => {
        if (!isThere(this)) return;
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`It did not come. Heard last: ${JSON.stringify(this.frames.at(-1)).slice(-500)}`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  /** Reads nothing more, so that the socket fills. */
  pause(): void {
    this.#response.pause();
    this.#response.removeAllListeners("data");
  }

  resume(): void {
    this.#response.on("data", (chunk: string) => this.#read(chunk));
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }

  #read(chunk: string): void {
    this.#rest += chunk;
    const blocks = this.#rest.split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#take(block);
    this.#tell();
  }

  #tell(): void {
    for (const waiter of this.#waiters) waiter();
  }

  #take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const at = line.indexOf(":");
      fields.set(line.slice(0, at), line.slice(at + 1).trimStart());
    }
    const comment = fields.get("");
    if (comment !== undefined) this.comments.push(comment);
    this.lastId = fields.get("id") ?? this.lastId;
    this.retryMs = Number(fields.get("retry") ?? this.retryMs);
    const data = fields.get("data");
    if (data === undefined) return;
    const event = fields.get("event") ?? "message";
    const frame: HeardFrame = { id: this.lastId, event, data: JSON.parse(data), at: Date.now() };
    this.frames.push(frame);
    if (event === "batch") for (const item of frame.data) this.#keep(item);
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  #keep({ topic, events, rows, capacity }: any): void {
    const known = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, known);
    for (const part of events ?? rows ?? [capacity]) known.push(part);
  }
}
