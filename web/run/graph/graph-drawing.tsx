import { type KeyboardEvent, useMemo, useState } from "react";
import { toPlainLine, toShortLine } from "../../format/plain-text.ts";
import { colorOf, glyphs } from "../../format/states.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { useMoment, useRunSearch } from "../run-context.tsx";
import { signs } from "../timeline/palette.ts";
import { describeTally, type Tally, tallyOf, worstOf } from "../timeline/tally.ts";
import { type FoldedGraph, type GraphNode, related } from "./fold-graph.ts";
import type { Layout, NodePlace } from "./layered-layout.ts";

const box = { width: 150, height: 34, gapX: 56, gapY: 14, margin: 16 } as const;

interface GraphDrawingProps {
  readonly graph: FoldedGraph;
  readonly layout: Layout;
  readonly scale: number;
  readonly onToggle: (stack: string) => void;
}

/** Boxes and arrows; what is not related to the box under the pointer, or the focus, steps back. */
export function GraphDrawing({ graph, layout, scale, onToggle }: GraphDrawingProps) {
  const moment = useMoment();
  const [{ call }, change] = useRunSearch();
  const [held, setHeld] = useState<number | null>(null);
  const lit = useMemo(() => (held === null ? null : related(graph.edges, held)), [graph.edges, held]);
  const width = layout.layers * (box.width + box.gapX) + 2 * box.margin;
  const height = layout.rows * (box.height + box.gapY) + 2 * box.margin;
  const open = (node: GraphNode): void => {
    const [only] = node.calls;
    if (node.calls.length > 1) onToggle(node.id);
    else if (only !== undefined) change({ call: only.key });
  };
  return (
    <ScrollRegion label="Graph of the run" className="min-h-0 flex-1 bg-surface">
      <svg
        width={width * scale}
        height={height * scale}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label="Calls, and what led to them; the tab Tasks has them as a table"
        onPointerLeave={() => setHeld(null)}
      >
        {graph.edges.map(({ from, to }) => (
          <path
            key={`${from} ${to}`}
            d={arrow(layout.places[from], layout.places[to])}
            fill="none"
            stroke={lit !== null && lit.has(from) && lit.has(to) ? "var(--accent)" : "var(--line-strong)"}
            strokeOpacity={lit === null ? 0.55 : lit.has(from) && lit.has(to) ? 1 : 0.12}
            strokeWidth={1.3}
          />
        ))}
        {graph.nodes.map((node, index) => (
          <NodeBox
            key={node.id}
            node={node}
            place={layout.places[index]}
            tally={tallyOf(moment.picture, node.calls)}
            isChosen={node.calls.length === 1 && node.calls[0]?.key === call}
            isDim={lit !== null && !lit.has(index)}
            onOpen={() => open(node)}
            onHold={() => setHeld(index)}
          />
        ))}
      </svg>
    </ScrollRegion>
  );
}

interface NodeBoxProps {
  readonly node: GraphNode;
  readonly place: NodePlace | undefined;
  readonly tally: Tally;
  readonly isChosen: boolean;
  readonly isDim: boolean;
  readonly onOpen: () => void;
  readonly onHold: () => void;
}

function NodeBox({ node, place, tally, isChosen, isDim, onOpen, onHold }: NodeBoxProps) {
  if (place === undefined) return null;
  const isStack = node.calls.length > 1;
  const mark = worstOf(tally);
  const color = mark === null ? "var(--line-strong)" : colorOf(signs[mark]);
  const about = mark === null ? "not called yet" : describeTally(tally);
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={`${toPlainLine(node.label)}${isStack ? `, ${node.calls.length} calls` : ""}: ${about}`}
      transform={`translate(${xOf(place)} ${yOf(place)})`}
      opacity={opacityOf(isDim, mark !== null)}
      onClick={onOpen}
      onKeyDown={(event) => openByKey(event, onOpen)}
      onPointerEnter={onHold}
      onFocus={onHold}
      className="cursor-pointer"
    >
      <title>{`${toPlainLine(node.label)}: ${about}`}</title>
      {isStack && (
        <rect
          x={4}
          y={-4}
          width={box.width}
          height={box.height}
          rx={6}
          fill="var(--sunken)"
          stroke="var(--line-strong)"
        />
      )}
      <rect
        width={box.width}
        height={box.height}
        rx={6}
        fill={isChosen ? "var(--accent-wash)" : "var(--raised)"}
        stroke={color}
        strokeWidth={isChosen ? 2.5 : 1.5}
        strokeDasharray={mark === null ? "4 3" : undefined}
      />
      <text x={10} y={box.height / 2} dominantBaseline="central" fill={color} fontSize={13}>
        {mark === null ? "" : glyphs[signs[mark]]}
      </text>
      <text x={28} y={box.height / 2} dominantBaseline="central" fill="var(--ink)" fontSize={12}>
        {toShortLine(node.label, isStack ? 13 : 18)}
        {isStack && <tspan fill="var(--ink-faint)"> ×{node.calls.length}</tspan>}
      </text>
    </g>
  );
}

function openByKey(event: KeyboardEvent, open: () => void): void {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  open();
}

/** What is not related steps back furthest; what was not called yet is pale. */
function opacityOf(isDim: boolean, isCalled: boolean): number {
  if (isDim) return 0.3;
  return isCalled ? 1 : 0.55;
}

function xOf({ layer }: NodePlace): number {
  return box.margin + layer * (box.width + box.gapX);
}

function yOf({ row }: NodePlace): number {
  return box.margin + row * (box.height + box.gapY);
}

/** A curve from the right of a box to the left of another; one that leads back bends around below. */
function arrow(from: NodePlace | undefined, to: NodePlace | undefined): string {
  if (from === undefined || to === undefined) return "";
  const [x1, y1] = [xOf(from) + box.width, yOf(from) + box.height / 2];
  const [x2, y2] = [xOf(to), yOf(to) + box.height / 2];
  const bend = Math.max(box.gapX, Math.abs(x2 - x1) / 2);
  const dip = x2 < x1 ? box.height + box.gapY : 0;
  return `M${x1} ${y1}C${x1 + bend} ${y1 + dip} ${x2 - bend} ${y2 + dip} ${x2} ${y2}`;
}
