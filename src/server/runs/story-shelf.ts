import { randomUUID } from "node:crypto";
import type { RunInfo } from "../../sdk/context.ts";
import type { Client } from "../../workers/client.ts";
import { type StoryLine, StoryReader } from "../../workers/run-story.ts";

const mostLines = 200_000; // of all stories together
const mostStories = 50;

/** The log of a run as it was read: lines are added at its end, and none is moved. */
export interface Story {
  readonly id: string; // of this reading: places in another one may be others
  readonly lines: readonly StoryLine[];
  readonly dropped: number; // lines that the cap has cost the run
}

interface Shelved {
  readonly id: string;
  readonly reader: StoryReader;
  readonly lines: StoryLine[];
  dropped: number;
  reading: Promise<void>; // whoever asks meanwhile waits for the same work
}

/**
 * The logs that people look at. They are asked for page by page, and again with each news: the history of a run is read
 * once, and then only what has come since.
 */
export class StoryShelf {
  readonly #shelf = new Map<string, Shelved>(); // the one that was asked for last stands at the end

  async newest(client: Client, run: RunInfo): Promise<Story> {
    const known = this.#shelf.get(run.id) ?? begin(client, run);
    this.#shelf.delete(run.id);
    this.#shelf.set(run.id, known);
    known.reading = known.reading.catch(() => undefined).then(async () => goOn(known));
    try {
      await known.reading;
    } catch (error) {
      this.#shelf.delete(run.id);
      throw error;
    }
    this.#makeRoom();
    return known;
  }

  #makeRoom(): void {
    let lines = 0;
    for (const story of this.#shelf.values()) lines += story.lines.length;
    for (const [run, story] of this.#shelf) {
      if (this.#shelf.size === 1 || (lines <= mostLines && this.#shelf.size <= mostStories)) return;
      this.#shelf.delete(run);
      lines -= story.lines.length;
    }
  }
}

function begin(client: Client, run: RunInfo): Shelved {
  const reader = new StoryReader(client, run, { level: "debug", task: null });
  return { id: randomUUID().slice(0, 8), reader, lines: [], dropped: 0, reading: Promise.resolve() };
}

async function goOn(shelved: Shelved): Promise<void> {
  const { lines, dropped } = await shelved.reader.read();
  for (const line of lines) shelved.lines.push(line);
  shelved.dropped += dropped;
}
