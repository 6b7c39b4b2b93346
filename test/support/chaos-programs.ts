import { isNode, type Node, type Program } from "./programs.ts";
import { ProgramMaker } from "./programs-generate.ts";
import { SimRandom } from "./sim-random.ts";

/** A random program whose sleeps last tenths of seconds: made for real time, and for a world without people. */
export function programOf({ seed, size }: { readonly seed: number; readonly size: number }): Program {
  const { root, input } = new ProgramMaker(new SimRandom(seed), size, "alone").program();
  return { root: hasten(root), input, retries: 0 };
}

/** Sleeps are told apart by their length; what the id and the lap add to it stays. */
function hasten(node: Node): Node {
  const parts = Object.entries(node).map(([name, part]: [string, unknown]) => [
    name,
    name === "ms" ? 0 : hastenPart(part),
  ]);
  // The same keys with parts of the same kinds.
  return Object.fromEntries(parts) as Node;
}

function hastenPart(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(hastenPart);
  return isNode(part) ? hasten(part) : part;
}

/** Inputs of as many random programs, for the flow of the fixtures. */
export function programInputs(seed: number, count: number): readonly { seed: number; size: number }[] {
  const random = new SimRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    seed: seed * 1_000_000 + index,
    size: random.between(2, 12),
  }));
}
