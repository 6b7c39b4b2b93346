import { useEffect, useState } from "react";
import type { FoldedGraph } from "./fold-graph.ts";
import type { Layout } from "./layered-layout.ts";

interface LaidOut {
  readonly graph: FoldedGraph;
  readonly layout: Layout;
}

/** The graph with its layout, made beside the page; null = it is being made. The layout of before stays until then. */
export function useLayout(graph: FoldedGraph): LaidOut | null {
  const [laidOut, setLaidOut] = useState<LaidOut | null>(null);
  useEffect(() => {
    const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<{ readonly layout: Layout }>) => {
      setLaidOut({ graph, layout: data.layout });
    });
    worker.postMessage({ count: graph.nodes.length, edges: graph.edges });
    return () => worker.terminate();
  }, [graph]);
  return laidOut;
}
