import {
  type Metric,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
  type RegistryContentType,
} from "prom-client";
import type { Family } from "./metric-family.ts";

/** The answer to a scrape. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** Everything that a scrape shows: the process's own registry, and what was made elsewhere. */
export interface ExpositionSources {
  readonly registry: Registry | null;
  readonly families: () => readonly Family[];
}

/**
 * Renders all metrics in the form that the scraper prefers. Each scrape has a registry of its own: prom-client takes
 * `_total` off the names of counters when it writes OpenMetrics, for good.
 */
export async function expose(sources: ExpositionSources, accept: string | null): Promise<Exposition> {
  const own = sources.registry === null ? [] : await sources.registry.getMetricsAsJSON();
  const contentType = acceptsOpenMetrics(accept) ? openMetrics : plainText;
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(contentType);
  for (const family of [...sources.families(), ...own]) registry.registerMetric(asMetric(family));
  return { contentType, body: await registry.metrics() };
}

const openMetrics: OpenMetricsContentType = Registry.OPENMETRICS_CONTENT_TYPE;
const plainText: PrometheusContentType = Registry.PROMETHEUS_CONTENT_TYPE;

interface Written {
  readonly name: string;
  readonly help: string;
  readonly type: unknown;
  readonly values?: unknown;
}

/** prom-client asks a metric for no more than this when it writes it. */
function asMetric({ name, help, type, values }: Written): Metric {
  const metric = {
    name,
    help,
    type,
    get: async () => ({ name: metric.name, help, type, values }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types know only its own classes
  return metric as unknown as Metric;
}

const known = new Set([undefined, "1.0.0", "0.0.1"]);

/** Whether an Accept header names OpenMetrics, and likes it no less than plain text. */
export function acceptsOpenMetrics(accept: string | null): boolean {
  let open = 0;
  let plain = 0;
  for (const entry of (accept ?? "").split(",")) {
    const [type = "", ...rest] = entry.split(";").map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map((part) => [part.split("=")[0], part.split("=")[1]] as const));
    const weight = Number(parameters.get("q") ?? 1);
    if (type === "application/openmetrics-text" && known.has(parameters.get("version")))
      open = Math.max(open, weight);
    if (type === "text/plain") plain = Math.max(plain, weight);
  }
  return open > 0 && open >= plain;
}
