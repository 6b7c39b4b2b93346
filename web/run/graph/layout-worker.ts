import { type Edge, layOut } from "./layered-layout.ts";

interface Question {
  readonly count: number; // of nodes
  readonly edges: readonly Edge[];
}

// A worker's global has no type of its own beside that of a page, whose `postMessage` wants an origin.
interface Port {
  addEventListener(type: "message", hear: (message: MessageEvent<Question>) => void): void;
  postMessage(answer: unknown): void;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const port = globalThis as unknown as Port;

port.addEventListener("message", ({ data: { count, edges } }) => {
  port.postMessage({ layout: layOut(count, edges) });
});
