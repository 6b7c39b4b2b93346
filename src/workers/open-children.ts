import type { ChildCall } from "../engine/calls.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { ChildStart, RunPorts } from "./run-ports.ts";

interface OpenChildrenOptions {
  readonly run: RunInfo;
  readonly root: string; // the run at the top of the tree
  readonly queue: string; // of the parent
  readonly ports: RunPorts;
  readonly onTrouble: (error: unknown) => void;
}

/** The children of one run that have not ended: other runs, which report their end to this one's log. */
export class OpenChildren {
  readonly #options: OpenChildrenOptions;
  readonly #open = new Map<string, { readonly run: string; readonly onClose: ChildCall["onClose"] }>(); // by key
  #starting: Promise<void> = Promise.resolve();

  constructor(options: OpenChildrenOptions) {
    this.#options = options;
  }

  /** Resolves when every child exists. */
  async started(): Promise<void> {
    await this.#starting;
  }

  /** Makes the child, unless it is there; an earlier owner may have done so `again`. */
  start(call: ChildCall, scheduled: RecordedEvent<"ChildScheduled">, how: "first" | "again"): void {
    const { run, root, queue, ports } = this.#options;
    const { key, data } = { key: call.key, data: scheduled.data };
    this.#open.set(key, { run: data.run, onClose: data.onClose });
    const child: ChildStart = {
      run: data.run,
      parent: { run: run.id, key },
      root,
      flow: call.flow,
      name: data.name,
      queue: data.queue,
      parentQueue: queue,
      input: data.input,
      traceparent: run.traceparent,
    };
    this.#follow(ports.startChild(child, how));
  }

  /** Somebody recorded the end of a child. */
  learn(event: RecordedEvent): void {
    if (event.type === "ChildEnded") this.#open.delete(event.data.key);
  }

  /** The flow does not wait for the child any more. Nothing when it is none, or has ended. */
  cancel(key: string, reason: string): void {
    const child = this.#open.get(key);
    this.#open.delete(key);
    if (child !== undefined) this.#follow(this.#options.ports.cancelRun(child.run, reason));
  }

  /** An earlier owner may have died before it asked this child to end. */
  cancelAgain(run: string): void {
    this.#follow(this.#options.ports.cancelRun(run, "Its parent does not wait for it any more."));
  }

  #follow(work: Promise<void>): void {
    const done = work.catch((error: unknown) => this.#options.onTrouble(error));
    this.#starting = Promise.all([this.#starting, done]).then(() => undefined);
  }
}
