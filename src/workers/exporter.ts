import { EngineError } from "../base/errors.ts";
import { type Exposition, expose } from "../observe/exposition.ts";
import { gaugeFamilies } from "../observe/gauge-families.ts";
import { defaultSeriesLimits, limitMetrics, type SeriesLimits } from "../observe/limit-series.ts";
import type { Family } from "../observe/metric-family.ts";
import type { ProcessMetrics } from "../observe/process-metrics.ts";
import { projectedFamilies } from "../observe/projected-families.ts";
import type { MetricSource } from "./metric-source.ts";
import { pause } from "./pause.ts";

export interface ExporterOptions {
  readonly namespace: string;
  readonly source: MetricSource;
  readonly metrics: ProcessMetrics;
  readonly limits?: SeriesLimits;
  readonly patienceMs?: number; // a reading that takes longer means that nobody knows how things are; default 5,000
  readonly onTrouble: (error: unknown) => void;
}

const refreshMs = 1_000; // at most so often
const shareOfTime = 9; // and after a long reading, so many times as long is left to others

/**
 * Holds the newest numbers of a namespace for whoever scrapes them: a scrape reads nothing from Redis. When Redis
 * cannot be read, the gauges are left out, since nobody knows them, and the counters stay where they were.
 */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #stop = new AbortController();
  #counted: readonly Family[] = [];
  #gauges: readonly Family[] = [];
  #refreshing: Promise<void> = Promise.resolve();

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  /** Reads everything once, then again and again until `stop`. */
  async start(): Promise<void> {
    await this.refresh();
    this.#refreshing = this.#keepOn();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#refreshing;
  }

  async expose(accept: string | null): Promise<Exposition> {
    const families = (): readonly Family[] => [...this.#counted, ...this.#gauges];
    return expose({ registry: this.#options.metrics.registry, families }, accept);
  }

  /** Reads everything now. */
  async refresh(): Promise<void> {
    const { namespace, source, limits = defaultSeriesLimits, patienceMs = 5_000 } = this.#options;
    const late = setTimeout(() => this.#lose(noAnswer()), patienceMs); // the driver itself waits for Redis for ever
    try {
      const { documents, readings } = await source.read();
      const limited = limitMetrics(documents, limits);
      this.#counted = projectedFamilies(namespace, limited);
      this.#gauges = gaugeFamilies(namespace, readings, limited);
    } catch (error) {
      this.#lose(error);
    } finally {
      clearTimeout(late);
    }
  }

  #lose(error: unknown): void {
    this.#gauges = [];
    this.#options.metrics.redisFailed(error);
    this.#options.onTrouble(error);
  }

  async #keepOn(): Promise<void> {
    const { signal } = this.#stop;
    let tookMs = 0;
    while (await pause(Math.max(refreshMs, tookMs * shareOfTime), signal)) {
      const startedAt = performance.now();
      await this.refresh();
      tookMs = performance.now() - startedAt;
    }
  }
}

function noAnswer(): EngineError {
  const text = "Redis does not answer. The exporter leaves out what it cannot know, and asks again.";
  return new EngineError("REDIS_UNAVAILABLE", text);
}
