import type { RunLimits } from "../../src/workers/run-ports.ts";
import type { CallShape, Node, Program } from "./programs.ts";
import { SimProcess } from "./sim-process.ts";
import { SimRandom } from "./sim-random.ts";
import { quiet, SimWorld } from "./sim-world.ts";

/** A simulated world whose steps a test picks by itself. */
export class WorldByHand {
  readonly world: SimWorld;
  readonly program: Program;
  readonly problems: unknown[] = [];
  readonly #limits: RunLimits;

  constructor(root: Node, parkAfterMs: number | null) {
    const random = Object.assign(new SimRandom(1), { isHit: () => true }); // work is a step, never a timer
    this.world = new SimWorld(random);
    this.program = { root, input: "a", retries: 0, continues: 0, of: null };
    this.#limits = { parkAfterMs, recheckMs: 5_000, foreignMs: 20, maxCrashes: 9 };
  }

  process(id: string): SimProcess {
    return new SimProcess({
      id,
      world: this.world,
      program: this.program,
      limits: this.#limits,
      skewMs: 0,
      mail: {
        tasks: (hints) => this.world.hint(JSON.stringify(hints), () => undefined),
        run: (run) => this.world.hint(`run ${run}`, () => undefined),
      },
      onEffect: () => undefined,
      onProblem: (problem) => this.problems.push(problem),
    });
  }

  /** Does everything that can be done now, but steps whose label matches `except`. */
  async settle(except: RegExp = /^$/): Promise<void> {
    for (;;) {
      await quiet();
      const index = this.world.steps.findIndex(({ label }) => !except.test(label));
      const [step] = index < 0 ? [] : this.world.steps.splice(index, 1);
      if (step === undefined) return;
      await step.execute().then(step.resolve, step.reject);
    }
  }

  /** Lets time go by, and fires what is due then; nothing else happens. */
  pass(ms: number): void {
    this.world.now += ms;
    for (const timer of this.world.dueTimers) this.world.fire(timer);
  }

  /** What is under way. */
  get labels(): readonly string[] {
    return this.world.steps.map(({ label }) => label);
  }

  get types(): readonly string[] {
    return this.world.log.eventsOf(this.world.run).map(({ type }) => type);
  }
}

let lastId = 0;

export function aTask(changes: Partial<CallShape> = {}): Node {
  lastId += 1;
  return { kind: "task", id: lastId, call: { task: "fast", fails: 0, shape: "text", salt: 1, ...changes } };
}
