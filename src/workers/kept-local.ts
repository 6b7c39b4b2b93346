import type { FlowSpec } from "../engine/specs.ts";
import { closeLocal, type Local, openLocal } from "./local.ts";
import { settingsFromEnvironment } from "./settings.ts";

const keptForMs = 50; // after the last run: a process that has nothing else to do ends so much later

interface Kept {
  readonly place: string; // settings and directory that it was opened with
  readonly opening: Promise<Local>;
  opened: Local | null; // null = not yet
}

function keep(place: string, opening: Promise<Local>): Kept {
  const kept: Kept = { place, opening, opened: null };
  opening.then(
    (opened) => {
      kept.opened = opened;
    },
    () => undefined, // told to those who wait for it
  );
  return kept;
}

/** A run that begins now belongs there, too. */
function isFitFor(kept: Kept, place: string): boolean {
  return kept.place === place && (kept.opened?.store.isThere() ?? true);
}

/**
 * The host that this process is for its own runs. To open one starts a thread, connections and, without a Redis of
 * one's own, a server: a hundred times what a short run takes. So it is opened for the first run, serves all that are
 * begun meanwhile, and is kept for a moment after the last one, as scripts begin one run after the other.
 */
export class KeptLocal {
  #kept: Kept | null = null;
  #runs = 0;
  #closing: NodeJS.Timeout | null = null;
  interruptedBy: NodeJS.Signals | null = null;

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
    if (this.#closing !== null) clearTimeout(this.#closing);
    this.#closing = null;
    const place = JSON.stringify([process.cwd(), settingsFromEnvironment()]);
    const isFit = this.#kept === null || this.#runs > 1 || isFitFor(this.#kept, place);
    const leaving = isFit ? null : this.#close().catch(() => undefined);
    this.#kept ??= keep(
      place,
      leaving === null ? openLocal(spec, []) : leaving.then(async () => openLocal(spec, [])),
    );
    return this.#kept.opening;
  }

  /** Nothing runs here. What the runs have left to do is done when the last of them is told to its caller. */
  async #rest(): Promise<void> {
    const opened = this.#kept?.opened ?? null;
    if (opened === null || this.#mustEnd(opened)) return this.#close();
    await opened.host.settled();
    if (this.#runs > 0 || this.#closing !== null) return;
    this.#closing = setTimeout(() => {
      this.#closing = null;
      this.#close().catch((error: unknown) => opened.host.display.trouble(error));
    }, keptForMs);
  }

  #mustEnd({ host }: Local): boolean {
    return this.interruptedBy !== null || host.isLeaving;
  }

  async #close(): Promise<void> {
    const kept = this.#kept;
    this.#kept = null;
    const opened = await kept?.opening.catch(() => null);
    if (opened !== null && opened !== undefined) await closeLocal(opened);
    this.#exitIfInterrupted();
  }

  /** Ctrl-C ends a script, as it does without Millrace; here its runs were handed over first. */
  #exitIfInterrupted(): void {
    if (this.interruptedBy !== null) process.exit(this.interruptedBy === "SIGINT" ? 130 : 143);
  }
}
