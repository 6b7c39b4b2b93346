import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../../src/events/codec.ts";
import { TaskCompleted } from "../../../../src/events/task-events.ts";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import { callGraphOf } from "../../../../web/run/graph/call-graph.ts";
import { foldGraph, mostNodes, related } from "../../../../web/run/graph/fold-graph.ts";
import { type Edge, layOut } from "../../../../web/run/graph/layered-layout.ts";
import { HistoryByHand } from "../../../support/history-by-hand.ts";
import { randomHistory } from "../../../support/random-histories.ts";
import { wideRun } from "../../../support/wide-run.ts";

const graphOf = ({ events }: Pick<HistoryByHand, "events">) =>
  callGraphOf(pictureAt(events, events.length), (position) => events[position - 1] ?? null);

/** "a -> b" for each arrow. */
const arrowsOf = (history: Pick<HistoryByHand, "events">): readonly string[] => {
  const { nodes, edges } = foldGraph(graphOf(history));
  return edges.map(({ from, to }) => `${nodes[from]!.label} -> ${nodes[to]!.label}`).sort();
};

const complete = (history: HistoryByHand, key: string): number =>
  history.add(TaskCompleted.make({ key, attempt: 1, output: encodeValue(1) })).position;

describe("what led to what", () => {
  test("a chain is a chain, and two branches that are awaited together both lead to what follows", () => {
    const history = new HistoryByHand("r").created("orders").turn().task("extract#1");
    history.turn([complete(history, "extract#1")]);
    history.task("clean#1", { after: 0 }).task("price#1", { after: 0 });
    history.turn([complete(history, "clean#1")]); // leads to nothing by itself
    history.turn([complete(history, "price#1")]).task("load#1", { after: 0 });

    expect(arrowsOf(history)).toEqual([
      "clean -> load",
      "extract -> clean",
      "extract -> price",
      "price -> load",
    ]);
  });

  test("facts of one turn lead to the calls that came after them, and not to those before", () => {
    const history = new HistoryByHand("r").created("orders").turn().task("one#1").task("two#1");
    const ends = [complete(history, "one#1"), complete(history, "two#1")];
    history.turn(ends).task("then#1", { after: 0 }).task("last#1", { after: 1 });

    expect(arrowsOf(history)).toEqual(["one -> then", "two -> last"]);
  });

  test("a branch follows from its own scope where it can", () => {
    const history = new HistoryByHand("r").created("orders").turn().task("a#1/one#1").task("b#1/one#1");
    history.turn([complete(history, "b#1/one#1")]);
    history.turn([complete(history, "a#1/one#1")]).task("a#1/two#1", { after: 0 });

    expect(arrowsOf(history)).toEqual(["a/one -> a/two"]);
  });
});

describe("a graph that people can take in", () => {
  test("holds each call in exactly one box, and at most so many boxes", () => {
    fc.assert(
      fc.property(randomHistory(60), (tell) => {
        const graph = graphOf({ events: [...tell("r")] });
        const { nodes, left } = foldGraph(graph);
        expect(left).toBe(0);
        const keys = nodes.flatMap(({ calls }) => calls.map(({ key }) => key));
        expect(keys.sort()).toEqual(graph.calls.map(({ key }) => key).sort());
      }),
    );
  });

  test("a map of ten thousand is one box; opened, it is cut short and says so", () => {
    const graph = graphOf({ events: [...wideRun({ tasks: 10_000 })] });

    const folded = foldGraph(graph);

    expect(folded.nodes).toMatchObject([{ label: "fetch" }]);
    expect(folded.nodes[0]!.calls).toHaveLength(10_000);
    const opened = foldGraph(graph, new Set([folded.nodes[0]!.id]));
    expect(opened.nodes.length).toBeLessThanOrEqual(mostNodes);
  });

  test("thousands of calls in sequence are a box for each name, with an arrow around the loop", () => {
    const history = new HistoryByHand("r").created("orders").turn().task("poll#1");
    for (let n = 1; n <= 500; n += 1) {
      history.turn([complete(history, `poll#${n}`)]).task(`store#${n}`, { after: 0 });
      history.turn([complete(history, `store#${n}`)]).task(`poll#${n + 1}`, { after: 0 });
    }

    expect(foldGraph(graphOf(history)).folding).toBe("scopes");
    expect(arrowsOf(history)).toEqual(["poll -> store", "store -> poll"]);
  });

  test("what is related to a box is all that it comes after and all that comes after it", () => {
    const edges = [
      { from: 0, to: 1 },
      { from: 1, to: 3 },
      { from: 2, to: 3 },
    ];

    expect(related(edges, 1)).toEqual(new Set([0, 1, 3]));
    expect(related(edges, 3)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe("the layout", () => {
  const graph = fc
    .integer({ min: 1, max: 60 })
    .chain((count) =>
      fc.tuple(
        fc.constant(count),
        fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 150 }),
      ),
    );

  test("puts every box right of those that lead to it, and no two in one place", () => {
    fc.assert(
      fc.property(graph, ([count, pairs]) => {
        const edges: readonly Edge[] = pairs.map(([from, to]) => ({ from, to }));

        const { places, layers, rows } = layOut(count, edges);

        for (const { from, to } of edges)
          if (from < to) expect(places[to]!.layer).toBeGreaterThan(places[from]!.layer);
        expect(new Set(places.map(({ layer, row }) => `${layer} ${row}`)).size).toBe(count);
        for (const { layer, row } of places) {
          expect(layer).toBeLessThan(layers);
          expect(row).toBeGreaterThanOrEqual(0);
          expect(row).toBeLessThanOrEqual(rows - 1);
        }
      }),
    );
  });

  test("uncrosses two chains", () => {
    const edges = [
      { from: 0, to: 3 },
      { from: 1, to: 2 },
    ];

    const { places } = layOut(4, edges);

    expect(Math.sign(places[0]!.row - places[1]!.row)).toBe(Math.sign(places[3]!.row - places[2]!.row));
  });

  test("of a thousand boxes takes no time to speak of", () => {
    const edges = Array.from({ length: 3_000 }, (_, index) => {
      const to = 1 + ((index * 7) % 999);
      return { from: (index * 13) % to, to };
    });
    const times = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      expect(layOut(1_000, edges).places).toHaveLength(1_000);
      return performance.now() - begin;
    });

    expect(Math.min(...times)).toBeLessThan(250); // five times the budget: machines differ
  });
});
