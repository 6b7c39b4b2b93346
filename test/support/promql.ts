import { parser } from "@prometheus-io/lezer-promql";

type Tree = ReturnType<typeof parser.parse>;
type Node = Tree["topNode"];

/** One use of a metric in an expression. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[];
  readonly functions: readonly string[]; // around it, innermost first: "rate", "sum", "histogram_quantile" …
}

/** Labels that an expression keeps or joins by, and the metrics that they have to be labels of. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly metrics: readonly string[];
}

export interface Promql {
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

/** Reads an expression, with or without variables of Grafana in its ranges. */
export function readPromql(text: string): Promql {
  const expr = text.replaceAll(/\$__(rate_interval|interval|range)\b/g, "1m");
  const of = (node: Node): string => expr.slice(node.from, node.to);
  const found = { errors: [] as string[], selectors: [] as Selector[], groupings: [] as Grouping[] };
  visit(parser.parse(expr).topNode, (node) => {
    if (node.type.isError) found.errors.push(`does not parse at "${expr.slice(node.from, node.from + 20)}"`);
    if (node.name === "VectorSelector") found.selectors.push(toSelector(node, of));
    if (node.name === "GroupingLabels") {
      const labels = childrenOf(node).filter(({ name }) => name === "LabelName");
      found.groupings.push({ labels: labels.map(of), metrics: metricsUnder(scopeOf(node), of) });
    }
  });
  return found;
}

function toSelector(node: Node, of: (node: Node) => string): Selector {
  const matchers = childrenOf(node)
    .filter(({ name }) => name === "LabelMatchers")
    .flatMap(childrenOf)
    .map((matcher) => {
      const [label = "", op = "", value = '""'] = childrenOf(matcher).map(of);
      return { label, op, value: JSON.parse(value) as string };
    });
  const name = childrenOf(node).find((child) => child.name === "Identifier");
  const functions: string[] = [];
  for (let up = node.parent; up !== null; up = up.parent)
    if (up.name === "FunctionCall" || up.name === "AggregateExpr") functions.push(of(up.firstChild ?? up));
  return { metric: name === undefined ? "" : of(name), matchers, functions };
}

/** `by` is about what is aggregated; `on` and `group_left` about both sides. */
function scopeOf(grouping: Node): Node {
  for (let up = grouping.parent; up !== null; up = up.parent)
    if (up.name === "AggregateExpr" || up.name === "BinaryExpr") return up;
  return grouping;
}

function metricsUnder(node: Node, of: (node: Node) => string): string[] {
  const metrics: string[] = [];
  visit(node, (inner) => {
    if (inner.name === "VectorSelector") metrics.push(toSelector(inner, of).metric);
  });
  return metrics;
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of childrenOf(node)) visit(child, see);
}

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}
