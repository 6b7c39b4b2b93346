import { useMemo, useState } from "react";
import { toCounted } from "../../format/numbers.ts";
import { Button } from "../../ui/button.tsx";
import { Empty, Skeleton } from "../../ui/notices.tsx";
import { useRun } from "../run-context.tsx";
import { callGraphOf } from "./call-graph.ts";
import { foldGraph } from "./fold-graph.ts";
import { GraphDrawing } from "./graph-drawing.tsx";
import { useLayout } from "./use-layout.ts";

const zooms = [0.4, 0.6, 0.8, 1, 1.25, 1.6] as const;

/** What led to what. The scrubber changes colours, not places: the graph is that of the newest state. */
export function GraphTab() {
  const { head, view } = useRun();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [zoom, setZoom] = useState(3);
  const graph = useMemo(() => callGraphOf(head, view.eventAt), [head, view.eventAt]);
  const folded = useMemo(() => foldGraph(graph, open), [graph, open]);
  const laidOut = useLayout(folded);
  if (graph.calls.length === 0) return <Empty title="The flow has called nothing yet" />;
  const toggle = (stack: string): void => {
    const next = new Set(open);
    if (!next.delete(stack)) next.add(stack);
    setOpen(next);
  };
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-3 border-b border-line px-3 py-1.5 text-xs text-soft">
        <span>
          {toCounted(graph.calls.length, "call")} in {toCounted(folded.nodes.length, "box", "boxes")}
          {folded.folding !== "maps" && ", those of one name in one box, as there are so many"}
          {folded.left > 0 && `; ${toCounted(folded.left, "more name")} are not shown`}
        </span>
        <span className="flex-1" />
        {open.size > 0 && (
          <Button look="quiet" onClick={() => setOpen(new Set())}>
            Fold all
          </Button>
        )}
        <Button look="quiet" disabled={zoom === 0} onClick={() => setZoom(zoom - 1)} aria-label="Smaller">
          −
        </Button>
        <Button
          look="quiet"
          disabled={zoom === zooms.length - 1}
          onClick={() => setZoom(zoom + 1)}
          aria-label="Larger"
        >
          +
        </Button>
      </div>
      {laidOut === null ? (
        <Skeleton />
      ) : (
        <GraphDrawing {...laidOut} scale={zooms[zoom] ?? 1} onToggle={toggle} />
      )}
    </>
  );
}
