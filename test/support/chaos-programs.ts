import type { Node, Program } from "./programs.ts";
import { ProgramMaker } from "./programs-generate.ts";
import { SimRandom } from "./sim-random.ts";

/** A random program whose sleeps last tenths of seconds: made for real time. */
export function programOf({ seed, size }: { readonly seed: number; readonly size: number }): Program {
  const { root, input } = new ProgramMaker(new SimRandom(seed), size).program();
  return { root: hasten(root), input };
}

/** Sleeps are told apart by their length; what the id and the lap add to it stays. */
function hasten(node: Node): Node {
  switch (node.kind) {
    case "sleep":
    case "wait":
      return { ...node, ms: 0 };
    case "seq":
    case "all":
    case "race":
      return { ...node, parts: node.parts.map(hasten) };
    case "try":
      return hastenTry(node);
    case "loop":
    case "nested":
      return { ...node, body: hasten(node.body) };
    case "if":
      return { ...node, odd: hasten(node.odd), even: hasten(node.even) };
    case "hold":
      return { ...node, during: hasten(node.during) };
    default:
      return node;
  }
}

function hastenTry(node: Extract<Node, { kind: "try" }>): Node {
  const { body, handler, cleanup } = node;
  return {
    ...node,
    body: hasten(body),
    handler: handler === null ? null : hasten(handler),
    cleanup: cleanup === null ? null : hasten(cleanup),
  };
}

/** Inputs of as many random programs, for the flow of the fixtures. */
export function programInputs(seed: number, count: number): readonly { seed: number; size: number }[] {
  const random = new SimRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    seed: seed * 1_000_000 + index,
    size: random.between(2, 12),
  }));
}
