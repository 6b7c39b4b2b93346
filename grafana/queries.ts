import { type LabelOf, type MetricName, metricCatalog } from "../src/observe/metric-catalog.ts";

/** What a dashboard lets people choose: namespaces, or flows of them too. */
type Scope = "namespace" | "flow";

interface Choice<Name extends MetricName> {
  readonly by?: readonly LabelOf<Name>[]; // what stays apart; default: nothing
  readonly where?: Readonly<Partial<Record<LabelOf<Name>, string>>>; // a matcher, as in `="ok"`
  readonly window?: string; // default: what fits the scrape interval and the zoom
}

type QuantileChoice<Name extends MetricName> = Choice<Name> & { readonly p: number };

/** As long as at least four scrapes, and as one step of the picture. */
const rateWindow = "$__rate_interval";

/**
 * Queries for metrics of the catalogue, filtered by the variables of a dashboard. What is the same on every exporter
 * (it comes from the log or from Redis) is made one by `max by` before anything is summed: with two exporters a plain
 * sum would count it twice. Per-process metrics are summed at once.
 */
export class Queries {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Events a second. */
  rate<Name extends MetricName>(name: Name, choice: Choice<Name> = {}): string {
    return total(name, choice.by, `rate(${this.#range(name, "", choice)})`);
  }

  perMinute<Name extends MetricName>(name: Name, choice: Choice<Name> = {}): string {
    return `60 * ${this.rate(name, choice)}`;
  }

  /** Events within the window. */
  increase<Name extends MetricName>(name: Name, choice: Choice<Name> = {}): string {
    return total(name, choice.by, `increase(${this.#range(name, "", choice)})`);
  }

  /** A gauge whose parts add up. */
  sum<Name extends MetricName>(name: Name, choice: Choice<Name> = {}): string {
    return total(name, choice.by, this.#select(name, "", choice));
  }

  /** A gauge of which the largest part counts, such as an age. */
  max<Name extends MetricName>(name: Name, choice: Choice<Name> = {}): string {
    return `max${grouping(choice.by ?? [])} (${this.#select(name, "", choice)})`;
  }

  quantile<Name extends MetricName>(name: Name, choice: QuantileChoice<Name>): string {
    const rates = `rate(${this.#range(name, "_bucket", choice)})`;
    return `histogram_quantile(${choice.p}, ${total(name, choice.by, rates, ["le"])})`;
  }

  /** What fell into each bucket of a histogram, for a heatmap. */
  buckets<Name extends MetricName>(name: Name, choice: Choice<Name> = {}): string {
    return total(name, choice.by, `increase(${this.#range(name, "_bucket", choice)})`, ["le"]);
  }

  #range<Name extends MetricName>(name: Name, suffix: string, choice: Choice<Name>): string {
    return `${this.#select(name, suffix, choice)}[${choice.window ?? rateWindow}]`;
  }

  #select<Name extends MetricName>(name: Name, suffix: string, { where }: Choice<Name>): string {
    const labels = labelsOf(name);
    const scoped = this.#scope === "flow" ? ["namespace", "flow"] : ["namespace"];
    const matchers = [
      ...scoped.filter((label) => labels.includes(label)).map((label) => `${label}=~"$${label}"`),
      ...Object.entries(where ?? {}).map(([label, matcher]) => `${label}${String(matcher)}`),
    ];
    return matchers.length === 0 ? name + suffix : `${name}${suffix}{${matchers.join(",")}}`;
  }
}

const labelsOf = (name: MetricName): readonly string[] => Object.keys(metricCatalog[name].labels);

const grouping = (labels: readonly string[]): string =>
  labels.length === 0 ? "" : ` by (${labels.join(", ")})`;

function total(
  name: MetricName,
  by: readonly string[] = [],
  inner: string,
  extra: readonly string[] = [],
): string {
  const sum = `sum${grouping([...extra, ...by])}`;
  if (metricCatalog[name].where === "process") return `${sum} (${inner})`;
  const labels = labelsOf(name);
  const once = `max${grouping([...extra, ...labels])} (${inner})`;
  return labels.every((label) => by.includes(label)) ? once : `${sum} (${once})`;
}
