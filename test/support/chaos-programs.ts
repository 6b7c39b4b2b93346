import { isNode, type Node, type Program } from "./programs.ts";
import { ProgramMaker } from "./programs-generate.ts";
import { SimRandom } from "./sim-random.ts";

/** What a run of a random program is given. */
export interface ProgramInput {
  readonly seed: number;
  readonly size: number;
  readonly retries: number | null; // of its flows; null = it is alone: nobody sends signals, and there are no other runs
}

/** A random program whose sleeps last tenths of seconds: made for real time. */
export function programOf(of: ProgramInput): Program {
  const { seed, size, retries } = of;
  const company = retries === null ? "alone" : "among others";
  const { root, input } = new ProgramMaker(new SimRandom(seed), size, company).program();
  return { root: hasten(root), input, retries: retries ?? 0, continues: 0, of };
}

/** Sleeps are told apart by their length; what the id and the lap add to it stays. */
function hasten(node: Node): Node {
  const parts = Object.entries(node).map(([name, part]: [string, unknown]) => [
    name,
    name === "ms" && part !== null ? 0 : hastenPart(part),
  ]);
  // The same keys with parts of the same kinds.
  return Object.fromEntries(parts) as Node;
}

function hastenPart(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(hastenPart);
  return isNode(part) ? hasten(part) : part;
}

/** Inputs of as many random programs without signals and children, for the flow of the fixtures. */
export function programInputs(seed: number, count: number): readonly ProgramInput[] {
  return inputs(seed, count, () => null);
}

/** The same, of programs with signals and children, in flows with retries. */
export function familyInputs(seed: number, count: number): readonly ProgramInput[] {
  return inputs(seed, count, (random) => random.pick([0, 0, 0, 1, 2]));
}

function inputs(
  seed: number,
  count: number,
  retries: (random: SimRandom) => number | null,
): readonly ProgramInput[] {
  const random = new SimRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    seed: seed * 1_000_000 + index,
    size: random.between(2, 12),
    retries: retries(random),
  }));
}

/** The flow of the fixtures that runs it. */
export function flowOfInput({ retries }: ProgramInput): string {
  return retries === null ? "chaos_program" : `chaos_family_${retries}`;
}
