import { defaultMetricsHost } from "../../observe/serve-metrics.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { startExporter } from "../../workers/start-exporter.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note } from "../print.ts";

export interface MetricsCommand {
  readonly port?: number;
  readonly host?: string;
}

const defaultPort = 9_465;

/** `millrace metrics`: serves the metrics of a namespace until a signal comes. */
export async function metricsCommand({
  port = defaultPort,
  host = defaultMetricsHost,
}: MetricsCommand): Promise<number> {
  const stopping = new Promise<void>((resolve) => {
    onInterrupt(() => resolve());
  });
  const exporter = await startExporter({ host, port });
  const { url, place, namespace } = exporter;
  const colors = colorsOf(process.stderr);
  note(`Metrics of ${place}, namespace ${namespace}: ${colors.cyan(url)}   Stop: Ctrl-C`);
  await stopping;
  await exporter.stop();
  note("The exporter stopped.");
  return exits.ok;
}
