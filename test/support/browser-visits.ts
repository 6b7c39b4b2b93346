import { channel } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * What browsers ask servers of this process for, as the servers see it: what a SharedWorker asks for is among it, which
 * the tools of a browser do not show for a page.
 */
export class BrowserVisits {
  readonly #paths: string[] = [];
  readonly #streams = new Set<ServerResponse>();
  #isCut = false;
  readonly #channel = channel("http.server.request.start");
  readonly #hear = (message: unknown): void => {
    const { request, response } = message as Exchange;
    if (!(request.headers["user-agent"] ?? "").includes("Chrome")) return;
    const path = (request.url ?? "").split("?")[0] ?? "";
    this.#paths.push(path);
    if (path !== livePath) return;
    if (this.#isCut) request.socket.destroy();
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  };

  constructor() {
    this.#channel.subscribe(this.#hear);
  }

  /** Streams that are open now. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Paths in the order in which they were asked for; `mark` is what `length` was. */
  since(mark: number): readonly string[] {
    return this.#paths.slice(mark);
  }

  get length(): number {
    return this.#paths.length;
  }

  /** Breaks streams off without a word, as a network does: those that are open, and new ones until `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const { socket } of this.#streams) socket?.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  end(): void {
    this.#channel.unsubscribe(this.#hear);
  }
}

export const livePath = "/api/live";
