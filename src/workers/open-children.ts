import type { ChildCall } from "../engine/calls.ts";
import type { History } from "../engine/history.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { RunInfo } from "../sdk/context.ts";
import { insist, type Patience } from "./patient-log.ts";
import type { ChildStart, RunPorts } from "./run-ports.ts";

interface OpenChildrenOptions {
  readonly run: RunInfo;
  readonly root: string; // the run at the top of the tree
  readonly queue: string; // of the parent
  readonly ports: RunPorts;
  readonly patience: Patience;
  readonly recorded: History["children"]; // of earlier lives
}

/** The children of one run that have not ended: other runs, which report their end to this one's log. */
export class OpenChildren {
  readonly #options: OpenChildrenOptions;
  readonly #open = new Map<string, string>(); // run by key
  readonly #unheard: Set<string>; // keys of children whose end is not in the log, wanted or not
  #starting: Promise<void> = Promise.resolve();

  constructor(options: OpenChildrenOptions) {
    this.#options = options;
    this.#unheard = new Set(options.recorded.keys());
  }

  /** There are children whose end this run has not heard of. */
  get hasUnheard(): boolean {
    return this.#unheard.size > 0;
  }

  /** Resolves when every child exists. */
  async started(): Promise<void> {
    await this.#starting;
  }

  /** Makes the child, unless it is there; an earlier owner may have done so `again`. */
  start(call: ChildCall, scheduled: RecordedEvent<"ChildScheduled">, how: "first" | "again"): void {
    const { run, root, queue, ports } = this.#options;
    const { key, data } = { key: call.key, data: scheduled.data };
    this.#open.set(key, data.run);
    this.#unheard.add(key);
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
    this.#follow(async () => ports.startChild(child, how));
  }

  /** Somebody recorded the end of a child. */
  learn(event: RecordedEvent): void {
    if (event.type !== "ChildEnded") return;
    this.#open.delete(event.data.key);
    this.#unheard.delete(event.data.key);
  }

  /** The flow does not wait for the child any more. Nothing when it is none, or has ended. */
  cancel(key: string, reason: string): void {
    const run = this.#open.get(key);
    this.#open.delete(key);
    if (run !== undefined) this.#cancel(run, reason);
  }

  /** Earlier owners may have died before they asked these children to end. */
  cancelForsaken(): void {
    for (const { run, isForsaken } of this.#options.recorded.values())
      if (isForsaken) this.#cancel(run, "Its parent does not wait for it any more.");
  }

  #cancel(run: string, reason: string): void {
    const made = this.#starting; // who does not exist yet could not be told
    this.#follow(async () => made.then(async () => this.#options.ports.cancelRun(run, reason)));
  }

  /** While the machine is unwell it is asked for again: nobody else would do it as long as this process has the run. */
  #follow(work: () => Promise<void>): void {
    const { patience } = this.#options;
    const done = insist(work, patience).catch((error: unknown) => patience.onTrouble(error));
    this.#starting = Promise.all([this.#starting, done]).then(() => undefined);
  }
}
