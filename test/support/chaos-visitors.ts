import { isEngineError } from "../../src/base/errors.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { cancelRun } from "../../src/workers/cancel-run.ts";
import { sendSignal } from "../../src/workers/client-run.ts";
import type { ChaosScene } from "./chaos-scene.ts";
import { signalNames } from "./programs.ts";
import type { SimRandom } from "./sim-random.ts";
import { isMissing } from "./sim-visitors.ts";
import { rest } from "./wait-until.ts";

const mostAtOnce = 8; // requests under way: during an outage each of them waits for Redis
const helpEveryMs = 400;
const unhelped = 6; // runs that wait are ended instead: who wants to end others at random mostly comes too late

/** What a visitor was told was done: the log must hold it. */
interface Told {
  readonly run: string;
  readonly id: string; // of the signal, or "cancel"
}

/**
 * People and programs outside, at work all the time: they send signals, early, late and doubled by their key, and want
 * some runs to end. A run that waits for a signal gets one, sooner or later.
 */
export class ChaosVisitors {
  readonly #scene: ChaosScene;
  readonly #random: SimRandom;
  readonly #told: Told[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #cancelChance: number;
  readonly #started = new Set<string>();
  readonly #toEnd = new Set<string>();
  #asking = 0; // requests that were made and not answered
  #sent = 0;
  #late = 0; // refused, because the run had ended
  #failed = 0; // nobody knows whether they were recorded
  #isOver = false;
  #life: Promise<void> = Promise.resolve();

  constructor(scene: ChaosScene, random: SimRandom, { cancelChance = 0.1 } = {}) {
    this.#scene = scene;
    this.#random = random;
    this.#cancelChance = cancelChance;
  }

  /** How often what happened. */
  get counts(): Readonly<Record<string, number>> {
    const cancels = this.#told.filter(({ id }) => id === "cancel").length;
    const signals = this.#told.length - cancels;
    return { signals, cancels, late: this.#late, unknown: this.#failed };
  }

  begin(): void {
    this.#life = this.#live();
  }

  /** They go, and what they had begun is over. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#life;
    await Promise.all(this.#underWay);
  }

  /** Around the time of a start: some signals come before the run was begun, some long after it ended. */
  expect(run: string): void {
    const random = this.#random;
    this.#started.add(run);
    if (random.isHit(0.4)) this.#do(async () => this.#signal(run));
    if (random.isHit(this.#cancelChance)) this.#do(async () => this.#cancel(run), random.below(2_000));
    if (random.isHit(0.3)) this.#do(async () => this.#signal(run), random.below(10_000));
  }

  /** What was acknowledged, and is not in the log once. */
  lost(histories: ReadonlyMap<string, readonly RecordedEvent[]>): readonly string[] {
    return this.#told.flatMap(({ run, id }) => {
      const found = (histories.get(run) ?? []).filter((event) =>
        event.type === "SignalReceived"
          ? event.data.id === id
          : event.type === "RunCancelRequested" && id === "cancel",
      );
      return found.length === 1
        ? []
        : [`Run ${run}: ${id} was acknowledged, and is there ${found.length} times.`];
    });
  }

  async #live(): Promise<void> {
    while (!this.#isOver) {
      await this.#help().catch(() => undefined); // Redis is away now and then: that is the test
      await rest(helpEveryMs);
    }
  }

  async #help(): Promise<void> {
    for (const run of await this.#scene.openRuns()) {
      const events = await this.#scene.events(run);
      const missing = signalNames.filter((name) => isMissing(events, name));
      if (missing.length > 0 && this.#started.has(run) && this.#toEnd.size < unhelped) this.#toEnd.add(run);
      if (this.#toEnd.has(run)) this.#do(async () => this.#cancel(run));
      else this.#helpOne(run, missing);
    }
  }

  #helpOne(run: string, missing: readonly string[]): void {
    for (const name of missing) if (this.#random.isHit(0.5)) this.#do(async () => this.#signal(run, name));
  }

  #do(act: () => Promise<void>, inMs = 0): void {
    if (inMs === 0 && this.#asking >= mostAtOnce) return;
    const acting = inMs === 0 ? this.#ask(act) : rest(inMs).then(async () => this.#ask(act));
    this.#underWay.add(acting);
    void acting.finally(() => this.#underWay.delete(acting));
  }

  async #ask(act: () => Promise<void>): Promise<void> {
    this.#asking += 1;
    try {
      await act();
    } catch (error) {
      if (isEngineError(error, "RUN_CLOSED")) this.#late += 1;
      else if (isEngineError(error, "REDIS_UNAVAILABLE")) this.#failed += 1;
      else throw error;
    } finally {
      this.#asking -= 1;
    }
  }

  async #signal(run: string, name: string = this.#random.pick(signalNames)): Promise<void> {
    this.#sent += 1;
    const key = `s${this.#sent}`;
    const sending = { run, signal: name, payload: "x".repeat(this.#sent % 3), key };
    const isDoubled = this.#random.isHit(0.3); // as by somebody who did not get the answer
    await Promise.all([
      sendSignal(this.#scene.client, sending),
      isDoubled ? sendSignal(this.#scene.client, sending) : null,
    ]);
    this.#told.push({ run, id: key });
  }

  async #cancel(run: string): Promise<void> {
    const outcome = await cancelRun(this.#scene.client, run, `stop ${this.#sent}`);
    if (outcome !== "already") this.#told.push({ run, id: "cancel" });
  }
}
