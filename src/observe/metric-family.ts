import type { Exemplar } from "../projections/run-metrics-document.ts";
import {
  type LabelOf,
  type Metric,
  type MetricName,
  type MetricType,
  metricCatalog,
} from "./metric-catalog.ts";

type LabelValues = Readonly<Record<string, string | number>>;

/** One line of an exposition, as prom-client formats it. */
export interface Sample {
  readonly metricName?: string; // of a histogram's parts; left out = the family's
  readonly labels: LabelValues;
  readonly sharedLabels?: LabelValues; // the same object for many samples is formatted once
  readonly value: number;
  readonly exemplar?: { readonly labelSet: LabelValues; readonly value: number; readonly timestamp: number };
}

/** A metric with all its samples. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly values: readonly Sample[];
}

export function toFamily(name: MetricName, values: readonly Sample[]): Family {
  const { help, type }: Metric = metricCatalog[name];
  return { name, help, type, values };
}

/** A sample for each value of a closed label, 0 where nothing was counted. */
export function closedSamples<Name extends MetricName>(
  name: Name,
  label: LabelOf<Name>,
  of: { readonly shared: LabelValues; readonly counts: ReadonlyMap<string, number> },
): Sample[] {
  return closedValues(name, label).map((value) => ({
    labels: { [label]: value },
    sharedLabels: of.shared,
    value: of.counts.get(value) ?? 0,
  }));
}

export function closedValues<Name extends MetricName>(name: Name, label: LabelOf<Name>): readonly string[] {
  const { labels }: Metric = metricCatalog[name];
  return labels[label] ?? [];
}

interface Distribution {
  readonly shared: LabelValues;
  readonly tally: readonly number[]; // sum, then a count for each bucket; empty = nothing was counted
  readonly unit: number; // of the tally's values in the metric's unit: 1,000 for ms in seconds
  readonly exemplars?: readonly (Exemplar | null)[];
}

/** The samples of one histogram: cumulative buckets, sum and count. */
export function histogramSamples(
  name: MetricName,
  { shared, tally, unit, exemplars = [] }: Distribution,
): Sample[] {
  const { buckets }: Metric = metricCatalog[name];
  const edges = buckets ?? [];
  const samples: Sample[] = [];
  let count = 0;
  for (let index = 0; index <= edges.length; index += 1) {
    count += tally[index + 1] ?? 0;
    const bucket = {
      metricName: `${name}_bucket`,
      labels: { le: edges[index] ?? "+Inf" },
      sharedLabels: shared,
      value: count,
    };
    const exemplar = exemplars[index] ?? null;
    samples.push(exemplar === null ? bucket : { ...bucket, exemplar: toExemplar(exemplar) });
  }
  const rest = { labels: {}, sharedLabels: shared };
  samples.push({ ...rest, metricName: `${name}_sum`, value: (tally[0] ?? 0) / unit });
  samples.push({ ...rest, metricName: `${name}_count`, value: count });
  return samples;
}

function toExemplar([ms, at, run, trace]: Exemplar): NonNullable<Sample["exemplar"]> {
  const labelSet = trace === null ? { run_id: run } : { run_id: run, trace_id: trace };
  return { labelSet, value: ms / 1_000, timestamp: at / 1_000 };
}
