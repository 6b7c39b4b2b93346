import {
  type CallShape,
  type Node,
  type Program,
  shapes,
  signalNames,
  type TaskName,
  taskTable,
} from "./programs.ts";
import type { SimRandom } from "./sim-random.ts";

const taskNames = ["fast", "fast", "flaky", "remote", "named"] as const satisfies readonly TaskName[];
const sharingTasks = ["alike", "topical", "brief", "alone", "lonely"] as const satisfies readonly TaskName[];

/** Makes programs of about `size` nodes, within the rule of `programs.ts`. */
export class ProgramMaker {
  readonly #random: SimRandom;
  #budget: number;
  #id = 0;
  #loops = 0;
  #children = 0;
  readonly #isAlone: boolean; // nobody sends signals, and there are no other runs
  readonly #sharing: readonly TaskName[]; // tasks that share their results

  constructor(random: SimRandom, size: number, company: "alone" | "among others" = "among others") {
    this.#random = random;
    this.#isAlone = company === "alone";
    this.#budget = size;
    const isSharing = !this.#isAlone && random.isHit(0.5);
    this.#sharing = isSharing ? [random.pick(sharingTasks), random.pick(sharingTasks)] : [];
  }

  program(): Program {
    const parts = [this.#any(3)];
    while (this.#budget > 0) parts.push(this.#any(3));
    const retries = !this.#isAlone && this.#random.isHit(0.25) ? this.#random.between(1, 2) : 0;
    return {
      root: { kind: "seq", id: this.#next(), parts },
      input: this.#random.pick(["a", "bb", "ccc"]),
      retries,
      continues: !this.#isAlone && this.#random.isHit(0.15) ? this.#random.between(1, 2) : 0,
      of: null,
    };
  }

  call(): CallShape {
    const random = this.#random;
    const shares = this.#sharing.length > 0 && random.isHit(0.6);
    const task = random.pick<TaskName>(shares ? this.#sharing : taskNames);
    const fails = random.isHit(0.12) ? 9 : random.isHit(0.4) ? random.below(taskTable[task].retries + 1) : 0;
    const call = { task, fails, shape: random.pick(shapes), salt: random.below(1_000) };
    return shares ? { ...call, topic: random.isHit(0.2) ? 2 : 1, isFresh: random.isHit(0.1) } : call;
  }

  #next(): number {
    this.#budget -= 1;
    this.#id += 1;
    return this.#id;
  }

  #any(depth: number): Node {
    const random = this.#random;
    const makers: readonly (() => Node)[] = [
      () => this.#callNode(),
      () => this.#callNode(),
      () => this.#pure(),
      () => this.#submitting(depth),
    ];
    const deep: readonly (() => Node)[] = [
      () => ({ kind: "seq", id: this.#next(), parts: this.#list(1, 3, () => this.#any(depth - 1)) }),
      () => ({ kind: "all", id: this.#next(), parts: this.#list(1, 3, () => this.#any(depth - 1)) }),
      () => ({ kind: "race", id: this.#next(), parts: this.#list(1, 3, () => this.#branch(depth - 1)) }),
      () => this.#trying(depth),
      () => this.#loop(depth),
      () => ({ kind: "if", id: this.#next(), odd: this.#any(depth - 1), even: this.#any(depth - 1) }),
      () => ({ kind: "nested", id: this.#next(), body: this.#any(depth - 1) }),
      () => this.#scoped(depth),
      () => this.#scoped(depth),
      () => this.#child(depth),
    ];
    const isDeep = depth > 0 && this.#budget > 1 && random.isHit(0.65);
    return random.pick(isDeep ? deep : makers)();
  }

  #list(fewest: number, most: number, make: () => Node): Node[] {
    const parts: Node[] = [];
    const count = this.#random.between(fewest, most);
    for (let index = 0; index < count; index += 1) parts.push(make());
    return parts;
  }

  /** A branch of a race: a call of its own first. */
  #branch(depth: number): Node {
    const first = this.#callNode();
    if (this.#budget <= 0 || this.#random.isHit(0.4)) return first;
    return { kind: "seq", id: this.#next(), parts: [first, this.#any(depth)] };
  }

  #callNode(): Node {
    const id = this.#next();
    if (this.#random.isHit(0.3)) return { kind: "sleep", id, ms: this.#random.below(5) };
    if (!this.#isAlone && this.#random.isHit(0.2)) {
      const ms = this.#random.isHit(0.4) ? this.#random.below(5) : null;
      return { kind: "receive", id, name: this.#random.pick(signalNames), ms };
    }
    return { kind: "task", id, call: this.call() };
  }

  #scoped(depth: number): Node {
    const random = this.#random;
    const id = this.#next();
    const kind = random.pick(["limit", "due", "shield", "branch", "contest", "contest", "patch"] as const);
    const ms = random.below(4);
    switch (kind) {
      case "limit":
        return { kind, id, ms, body: this.#any(depth - 1) };
      case "due":
        return { kind, id, ms, call: this.call() };
      case "contest":
        return { kind, id, parts: this.#list(1, 3, () => this.#branch(depth - 1)) };
      case "patch":
        return { kind, id, fresh: this.#any(depth - 1), old: this.#callNode() };
      default:
        return { kind, id, body: this.#any(depth - 1) };
    }
  }

  #child(depth: number): Node {
    if (this.#children >= 2 || this.#isAlone) return this.#callNode(); // a tree of runs, not a forest
    this.#children += 1;
    const id = this.#next();
    const how = this.#random.pick(["inline", "inline", "submit", "submit", "leave"] as const);
    const onClose = this.#random.pick(["cancel", "cancel", "abandon", "wait"] as const);
    return { kind: "child", id, how, onClose, body: this.#any(depth - 1) };
  }

  #pure(): Node {
    const id = this.#next();
    const kind = this.#random.pick(["value", "now", "random", "uuid"] as const);
    return kind === "value" ? { kind, id, value: this.#random.pick(["x", "yy"]) } : { kind, id };
  }

  #submitting(depth: number): Node {
    const random = this.#random;
    const id = this.#next();
    const call = this.call();
    const kind = random.pick(["hold", "pipe", "map", "first", "wait"] as const);
    switch (kind) {
      case "hold":
        return { kind, id, call, during: depth > 0 ? this.#any(depth - 1) : this.#callNode() };
      case "pipe":
        return { kind, id, first: call, second: this.call() };
      case "map":
        return { kind, id, call, count: random.between(1, 4) };
      case "first":
        return {
          kind,
          id,
          call,
          count: random.between(1, 4),
          review: random.isHit(0.5) ? this.call() : null,
        };
      case "wait":
        return { kind, id, call, ms: random.below(3) };
    }
  }

  #trying(depth: number): Node {
    const id = this.#next();
    const inner = this.#any(depth - 1);
    const body: Node = this.#random.isHit(0.5)
      ? {
          kind: "seq",
          id: this.#next(),
          parts: [this.#callNode(), inner, this.#callNode(), { kind: "throw", id: this.#next() }],
        }
      : inner;
    const handler = this.#random.isHit(0.8) ? this.#any(depth - 1) : null;
    const cleanup = handler === null || this.#random.isHit(0.4) ? this.#any(depth - 1) : null;
    return { kind: "try", id, body, handler, cleanup };
  }

  #loop(depth: number): Node {
    if (this.#loops >= 2) return this.#callNode(); // laps are two digits
    this.#loops += 1;
    const id = this.#next();
    const body = this.#any(depth - 1);
    this.#loops -= 1;
    return { kind: "loop", id, times: this.#random.between(1, 3), body };
  }
}
