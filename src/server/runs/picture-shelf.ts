import { foldPicture } from "../../projections/fold-picture.ts";
import { newPicture, type RunPicture } from "../../projections/run-picture.ts";
import { readRunPart } from "../../redis/read-run-part.ts";
import type { Client } from "../../workers/client.ts";

const atOnce = 2_000; // events
const mostEvents = 200_000; // of all pictures together: some 100 MB at worst
const mostPictures = 200;

interface Shelved {
  picture: RunPicture;
  folding: Promise<void>; // whoever asks meanwhile waits for the same work
}

/**
 * The newest states of the runs that people look at. A screen asks for one several times, and again after each command: a
 * long history is read once, and then only what has come since.
 */
export class PictureShelf {
  readonly #shelf = new Map<string, Shelved>(); // the one that was asked for last stands at the end

  /**
   * The run as it is now. The next question folds this picture further: take what is needed of it before waiting for
   * anything else.
   */
  async newest(client: Client, run: string): Promise<RunPicture> {
    const known = this.#shelf.get(run) ?? { picture: newPicture(run), folding: Promise.resolve() };
    this.#shelf.delete(run);
    this.#shelf.set(run, known);
    known.folding = known.folding.catch(() => undefined).then(async () => this.#goOn(client, run, known));
    await known.folding;
    this.#makeRoom();
    return known.picture;
  }

  async #goOn(client: Client, run: string, shelved: Shelved): Promise<void> {
    const { redis, namespace } = client.store;
    const { position } = shelved.picture.summary;
    const { last } = await readRunPart(redis, namespace, { run, after: 0, limit: 0 });
    if (last < position) shelved.picture = newPicture(run); // somebody put another history in its place
    try {
      await foldOn(client, shelved.picture, last);
    } catch (error) {
      this.#shelf.delete(run);
      throw error;
    }
  }

  #makeRoom(): void {
    let events = 0;
    for (const { picture } of this.#shelf.values()) events += picture.summary.position;
    for (const [run, { picture }] of this.#shelf) {
      if (this.#shelf.size === 1 || (events <= mostEvents && this.#shelf.size <= mostPictures)) return;
      this.#shelf.delete(run);
      events -= picture.summary.position;
    }
  }
}

/** The state of a run after event `at`. Folds part by part, so that a long run costs little memory. O(events). */
export async function readPicture(client: Client, run: string, at: number): Promise<RunPicture> {
  const picture = newPicture(run);
  await foldOn(client, picture, at);
  return picture;
}

async function foldOn(client: Client, picture: RunPicture, to: number): Promise<void> {
  const { redis, namespace } = client.store;
  const { summary } = picture;
  while (summary.position < to) {
    const after = summary.position;
    const limit = Math.min(atOnce, to - after);
    const { events } = await readRunPart(redis, namespace, { run: summary.run, after, limit });
    for (const { event } of events) foldPicture(picture, event);
    if (summary.position === after) return; // the log is shorter than somebody thought
  }
}
