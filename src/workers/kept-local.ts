import type { FlowSpec } from "../engine/specs.ts";
import type { Clock } from "./clock.ts";
import type { Host } from "./host.ts";
import { type Store, settingsFromEnvironment } from "./settings.ts";

const firstMs = 50;
const doublings = 5; // 1.6 s at most

interface Keepable {
  readonly host: Pick<Host, "isLeaving" | "settled" | "display">;
  readonly store: Pick<Store, "isThere">;
}

interface KeepPorts<Local> {
  readonly open: (spec: FlowSpec) => Promise<Local>;
  readonly close: (local: Local) => Promise<void>;
  readonly clock: Pick<Clock, "after">;
}

interface Kept<Local> {
  readonly place: string; // settings and directory that it was opened with
  readonly opening: Promise<Local>;
  opened: Local | null; // null = not yet
}

function keep<Local>(place: string, opening: Promise<Local>): Kept<Local> {
  const kept: Kept<Local> = { place, opening, opened: null };
  opening.then(
    (opened) => {
      kept.opened = opened;
    },
    () => undefined, // told to those who wait for it
  );
  return kept;
}

/** A run that begins now belongs there, too. */
function isFitFor(kept: Kept<Keepable>, place: string): boolean {
  return kept.place === place && (kept.opened?.store.isThere() ?? true);
}

/**
 * The host that this process is for its own runs. To open one starts a thread, connections and, without a Redis of
 * one's own, a server: a hundred times what a short run takes. So it is opened for the first run, serves all that are
 * begun meanwhile, and is kept for a moment after the last one, as scripts begin one run after the other. A process that
 * has nothing else to do ends so much later; where runs kept coming after that moment, it is twice as long each time.
 */
export class KeptLocal<Local extends Keepable> {
  readonly #ports: KeepPorts<Local>;
  #kept: Kept<Local> | null = null;
  #runs = 0;
  #closing: (() => void) | null = null; // forgets the timer
  #openings = { place: "", count: 0 };
  interruptedBy: NodeJS.Signals | null = null;

  constructor(ports: KeepPorts<Local>) {
    this.#ports = ports;
  }

  /** Does `work` on the open host. @throws what opening it throws */
  async during<T>(spec: FlowSpec, work: (local: Local) => Promise<T>): Promise<T> {
    this.#runs += 1;
    try {
      return await work(await this.#open(spec));
    } finally {
      this.#runs -= 1;
      if (this.#runs === 0) await this.#rest();
    }
  }

  #open(spec: FlowSpec): Promise<Local> {
    this.#closing?.();
    this.#closing = null;
    if (this.#kept !== null && this.#runs > 1) return this.#kept.opening; // nobody closes it under the others
    const place = JSON.stringify([process.cwd(), settingsFromEnvironment()]);
    const isFit = this.#kept === null || isFitFor(this.#kept, place);
    const leaving = isFit ? null : this.#close().catch(() => undefined);
    this.#kept ??= keep(place, this.#openAfter(leaving, spec, place));
    return this.#kept.opening;
  }

  async #openAfter(leaving: Promise<void> | null, spec: FlowSpec, place: string): Promise<Local> {
    const before = this.#openings.place === place ? this.#openings.count : 0;
    this.#openings = { place, count: before + 1 };
    if (leaving !== null) await leaving;
    return this.#ports.open(spec);
  }

  /** Nothing runs here. What the runs have left to do is done when the last of them is told to its caller. */
  async #rest(): Promise<void> {
    const opened = this.#kept?.opened ?? null;
    if (opened === null || this.#mustEnd(opened)) return this.#close();
    await opened.host.settled();
    if (this.#runs > 0 || this.#closing !== null) return;
    const keepMs = firstMs * 2 ** Math.min(this.#openings.count - 1, doublings);
    this.#closing = this.#ports.clock.after(keepMs, () => {
      this.#closing = null;
      this.#close().catch((error: unknown) => opened.host.display.trouble(error));
    });
  }

  #mustEnd({ host }: Keepable): boolean {
    return this.interruptedBy !== null || host.isLeaving;
  }

  async #close(): Promise<void> {
    const kept = this.#kept;
    this.#kept = null;
    const opened = await kept?.opening.catch(() => null);
    if (opened !== null && opened !== undefined) await this.#ports.close(opened);
    this.#exitIfInterrupted();
  }

  /** Ctrl-C ends a script, as it does without Millrace; here its runs were handed over first. */
  #exitIfInterrupted(): void {
    if (this.interruptedBy !== null) process.exit(this.interruptedBy === "SIGINT" ? 130 : 143);
  }
}
