import { hintsPerJob, packed } from "./bundles.ts";
import { type HintJob, toBundleJob, toTaskJob } from "./hint-jobs.ts";
import type { TaskHint } from "./run-ports.ts";

interface Waiting {
  readonly hints: readonly TaskHint[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface PostPorts {
  readonly add: (jobs: readonly HintJob[]) => Promise<void>; // of one lane
  readonly workers: (lane: string) => number | null; // that serve it; null = not known
}

const maxInFlight = 1; // what comes meanwhile travels together: the busier it is here, the less a hint costs

/**
 * Hints of all runs of this process on their way to their queues. What is given in the same tick, or while the last jobs
 * are under way, leaves in one call, and shares jobs where there are enough of them.
 */
export class HintPost {
  readonly #ports: PostPorts;
  readonly #lanes = new Map<string, LanePost>();
  readonly #jobs = new WeakMap<TaskHint, HintJob>(); // those that carry several hints

  constructor(ports: PostPorts) {
    this.#ports = ports;
  }

  /** So many tasks more, or fewer, of runs of this process are open in a lane. */
  expect(lane: string, change: number): void {
    const post = this.#lane(lane);
    post.open += change;
    if (post.open <= 0 && post.isIdle) this.#lanes.delete(lane);
  }

  /** Resolves when they have reached their queue. `hints` are of one lane. */
  give(lane: string, hints: readonly TaskHint[]): Promise<void> {
    return this.#lane(lane).give(hints);
  }

  /** The jobs that carry these hints, whoever else's they carry: another time, they are the same jobs. */
  jobsOf(hints: readonly TaskHint[]): readonly HintJob[] {
    return [...new Set(hints.map((hint) => this.#jobs.get(hint) ?? toTaskJob(hint)))];
  }

  #lane(lane: string): LanePost {
    let post = this.#lanes.get(lane);
    if (post === undefined) {
      const pack = (hints: readonly TaskHint[], open: number): readonly HintJob[] =>
        this.#pack(lane, hints, open);
      post = new LanePost(pack, this.#ports.add);
      this.#lanes.set(lane, post);
    }
    return post;
  }

  #pack(lane: string, hints: readonly TaskHint[], open: number): readonly HintJob[] {
    const workers = hints.length > 1 ? this.#ports.workers(lane) : null;
    return packed(hints, hintsPerJob({ open, workers })).map(([first, ...others]) => {
      if (others.length === 0) return toTaskJob(first);
      const job = toBundleJob(first, [first, ...others]);
      for (const hint of [first, ...others]) this.#jobs.set(hint, job);
      return job;
    });
  }
}

type Pack = (hints: readonly TaskHint[], open: number) => readonly HintJob[];

class LanePost {
  readonly #pack: Pack;
  readonly #add: PostPorts["add"];
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #isLeaving = false;
  open = 0;

  constructor(pack: Pack, add: PostPorts["add"]) {
    this.#pack = pack;
    this.#add = add;
  }

  get isIdle(): boolean {
    return this.#inFlight === 0 && this.#waiting.length === 0;
  }

  give(hints: readonly TaskHint[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ hints, resolve, reject });
      this.#leaveSoon();
    });
  }

  #leaveSoon(): void {
    if (this.#isLeaving || this.#inFlight >= maxInFlight) return;
    this.#isLeaving = true;
    process.nextTick(() => {
      this.#isLeaving = false;
      void this.#leave();
    });
  }

  async #leave(): Promise<void> {
    const together = this.#waiting;
    this.#waiting = [];
    if (together.length === 0) return;
    this.#inFlight += 1;
    try {
      await this.#add(
        this.#pack(
          together.flatMap(({ hints }) => hints),
          this.open,
        ),
      );
      for (const { resolve } of together) resolve();
    } catch (error) {
      for (const { reject } of together) reject(error);
    } finally {
      this.#inFlight -= 1;
      this.#leaveSoon();
    }
  }
}
