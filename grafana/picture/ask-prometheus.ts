/** A curve: points of time (seconds) and value; NaN where there is none. */
export interface Curve {
  readonly labels: Readonly<Record<string, string>>;
  readonly legend: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}

export interface Span {
  readonly from: number; // epoch seconds
  readonly to: number;
  readonly step: number; // seconds
  readonly rate: string; // what $__rate_interval stands for, as in "10s"
}

interface Query {
  readonly expr: string;
  readonly legendFormat?: string;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value?: [number, string];
      readonly values?: [number, string][];
    }[];
  };
}

/** What a query shows in a span; as of its end when the panel asks for one instant. */
export async function askPrometheus(
  url: string,
  query: Query,
  span: Span,
  isInstant: boolean,
): Promise<Curve[]> {
  const expr = query.expr.replaceAll("$__rate_interval", span.rate).replaceAll(/"\$\w+"/g, '".*"');
  const time = isInstant
    ? { time: String(span.to) }
    : { start: String(span.from), end: String(span.to), step: String(span.step) };
  const path = isInstant ? "query" : "query_range";
  const response = await fetch(
    `${url}/api/v1/${path}?${new URLSearchParams({ query: expr, ...time }).toString()}`,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the documented answer of Prometheus
  const answer = (await response.json()) as Answer;
  if (answer.status !== "success") throw new Error(`${expr}\n${answer.error ?? "no reason given"}`);
  return answer.data.result.map(({ metric, value, values }) => ({
    labels: metric,
    legend: (query.legendFormat ?? "").replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, label: string) => metric[label] ?? "",
    ),
    points: (values ?? (value === undefined ? [] : [value])).map(
      ([at, number]) => [at, Number(number)] as const,
    ),
  }));
}
