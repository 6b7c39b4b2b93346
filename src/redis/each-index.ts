import { z } from "zod";
import { viewKeys } from "./keys.ts";
import { BuildReplaced, readTogether, type ViewPlace } from "./live-view.ts";
import { translated } from "./redis-error.ts";
import { type Cover, type CoverSet, needsStates, setsOfCover } from "./run-cover.ts";
import { loadScript, type ScriptArgument } from "./script.ts";
import type { BuildPlace } from "./view-store.ts";

const Live = z.instanceof(Buffer).nullable();
const runEach = loadScript("each-index", z.tuple([Live, z.int()]).rest(z.unknown()));

/** Asks the sorted sets of a cover in one shard. */
export class CoverReader {
  readonly #view: ViewPlace;
  readonly #place: BuildPlace;
  readonly #cover: Cover;
  #sets: readonly CoverSet[] | null = null; // null = not known yet
  #stateCount = 0; // indexes by flow and state, when the sets were found out

  constructor(view: ViewPlace, place: BuildPlace, cover: Cover) {
    this.#view = view;
    this.#place = place;
    this.#cover = cover;
  }

  async sets(): Promise<readonly CoverSet[]> {
    if (this.#sets !== null) return this.#sets;
    const states = needsStates(this.#cover) ? await readStates(this.#view, this.#place) : [];
    this.#stateCount = states.length;
    this.#sets = setsOfCover(this.#cover, this.#place, states);
    return this.#sets;
  }

  /**
   * The answer of each set, in the order of `sets`, all as of one moment: a run that changes its state meanwhile is in
   * exactly one of them, even if it goes to an index that is new.
   */
  async ask(command: string, ...args: readonly ScriptArgument[]): Promise<readonly unknown[]> {
    const { redis, signature } = this.#view;
    const { namespace, shard, build } = this.#place;
    const { views, states } = viewKeys(namespace, shard, build);
    for (;;) {
      const keys = (await this.sets()).map(({ key }) => key);
      const [live, stateCount, ...answers] = await translated(async () =>
        runEach(redis, [views, states, ...keys], [signature, command, ...args]),
      );
      if (live?.toString() !== build) throw new BuildReplaced();
      if (!needsStates(this.#cover) || stateCount === this.#stateCount) return answers;
      this.#sets = null;
    }
  }
}

const Names = z.array(z.string());

/** The indexes by flow and state, as parts of their build. */
async function readStates(view: ViewPlace, place: BuildPlace): Promise<readonly string[]> {
  const [states] = await readTogether(view, place, (step, keys) => {
    step.smembers(keys.states);
  });
  return Names.parse(states);
}
