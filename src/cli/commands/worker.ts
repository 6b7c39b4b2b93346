import { loggerFromEnvironment } from "../../observe/logger.ts";
import { defaultMetricsHost } from "../../observe/serve-metrics.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { type RunningWorker, startWorker } from "../../workers/start-worker.ts";
import { loadSources } from "../load-flows.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note } from "../print.ts";

export interface WorkerCommand {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
  readonly metricsPort?: number;
  readonly metricsHost?: string;
  readonly projections?: boolean; // false = --no-projections
}

/** `millrace worker FILE...`: serves the flows of the files until a signal comes. */
export async function workerCommand(
  files: readonly string[],
  { queue = [], concurrency, projections = true, metricsPort, metricsHost }: WorkerCommand,
): Promise<number> {
  const stopping = untilInterrupted();
  const sources = await loadSources(files);
  const flows = [...sources.keys()];
  const worker = await startWorker({
    flows,
    sources,
    queues: queue,
    concurrency: concurrency ?? null,
    metrics:
      metricsPort === undefined ? null : { host: metricsHost ?? defaultMetricsHost, port: metricsPort },
    projects: projections,
  });
  if (isForPeople()) printBanner(worker, flows);
  else
    say(`Worker ${worker.id} is ready`, {
      flows,
      queues: worker.queues,
      store: worker.place,
      metrics: worker.metricsUrl,
    });
  await stopping;
  say(farewell(worker.runCount(), worker.graceMs));
  const isClean = await worker.stop();
  say(
    isClean
      ? `Worker ${worker.id} stopped cleanly.`
      : `Worker ${worker.id} stopped; tasks that were not done in time are tried again elsewhere.`,
  );
  return isClean ? exits.ok : exits.givenUp;
}

function farewell(runs: number, graceMs: number): string {
  const handed = runs === 0 ? "" : `, ${runs} ${runs === 1 ? "run is" : "runs are"} handed over`;
  return (
    `Stopping: nothing new is taken${handed}; tasks under way may end within ${graceMs / 1_000} s. ` +
    `Another signal ends this at once.`
  );
}

function isForPeople(): boolean {
  return (process.env["MILLRACE_LOG_FORMAT"] ?? "pretty") === "pretty";
}

/** Among the log lines, in their format. */
function say(text: string, fields: Readonly<Record<string, unknown>> = {}): void {
  if (isForPeople()) note(text);
  else loggerFromEnvironment().info(fields, text);
}

/** Listens from now on: a signal during the start is not lost. */
async function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    onInterrupt(() => resolve());
    process.once("disconnect", () => resolve()); // whoever started it with a channel is gone
  });
}

function printBanner(
  { id, queues, place, namespace, concurrency, metricsUrl }: RunningWorker,
  flows: readonly string[],
): void {
  const colors = colorsOf(process.stderr);
  const line = (title: string, text: string): void => note(`  ${colors.dim(title.padEnd(9))} ${text}`);
  note(`${colors.bold(`Worker ${id}`)} is ready; pid ${process.pid}`);
  line("flows", flows.join(", "));
  line("queues", queues.join(", "));
  line("tasks", `${concurrency} at the same time for each flow`);
  line("store", `${place}${namespace === "default" ? "" : `, namespace ${namespace}`}`);
  if (metricsUrl !== null) line("metrics", metricsUrl);
  note(`Start a run: ${colors.cyan(`npx millrace run ${flows[0] ?? "FLOW"} --watch`)}   Stop: Ctrl-C`);
}
