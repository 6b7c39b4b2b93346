import { resolve } from "node:path";
import { EngineError } from "../../base/errors.ts";
import { backgroundName } from "../../sdk/background.ts";
import { findFlow } from "../../sdk/registry.ts";
import { type Client, openClient } from "../../workers/client.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { startHere } from "../../workers/resume-here.ts";
import { lanesOf } from "../../workers/run-state.ts";
import { loadFlows } from "../load-flows.ts";
import { exits, printOutcome } from "../outcome.ts";
import { toInput } from "../parameters.ts";
import { colorsOf, note, out } from "../print.ts";
import { toLine } from "../to-json.ts";
import { watchForPeople } from "./watch.ts";

export interface RunCommand {
  readonly param?: readonly string[];
  readonly input?: string;
  readonly queue?: string;
  readonly tag?: readonly string[];
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly file?: string;
}

/** `millrace run FLOW`: asks the workers for a run; with `--file`, runs it here. */
export async function runCommand(flow: string, options: RunCommand): Promise<number> {
  const input = toInput(options.input, options.param ?? []);
  return options.file === undefined
    ? runElsewhere(flow, input, options)
    : runHere(flow, input, { ...options, file: options.file });
}

async function runHere(
  flow: string,
  input: unknown,
  options: RunCommand & { readonly file: string },
): Promise<number> {
  const { file, queue, tag = [], json = false } = options;
  requireFlow(flow, await loadFlows([file]), file);
  const spec = findFlow(flow);
  const newRun = {
    flow,
    input,
    queue: queue ?? spec.queue,
    tags: [...spec.tags, ...tag],
    name: null,
    source: resolve(file),
  };
  const { run, name, outcome } = await startHere(spec, newRun);
  return printOutcome(outcome, { run, name, flow }, json);
}

/** @throws EngineError FLOW_UNKNOWN */
export function requireFlow(flow: string, defined: readonly string[], file: string): void {
  if (defined.includes(flow)) return;
  throw new EngineError(
    "FLOW_UNKNOWN",
    `${file} does not define flow "${flow}". It defines: ${defined.join(", ")}.`,
    { flow },
  );
}

async function runElsewhere(flow: string, input: unknown, options: RunCommand): Promise<number> {
  const client = await openClient();
  try {
    const queue = await chooseQueue(client, flow, options.queue);
    const { run, name, created } = await client.start({
      flow,
      input,
      queue,
      tags: options.tag ?? [],
      name: null,
      source: null,
    });
    if (options.watch !== true) {
      announce({ run, name, flow, queue }, options.json === true);
      return exits.ok;
    }
    note(`Created flow run '${name}', ${run}. Ctrl-C ends the watching, not the run.`);
    const watching = new AbortController();
    const calm = onInterrupt(() => watching.abort());
    const outcome = await watchForPeople(client, { run, created }, watching.signal);
    calm();
    return printOutcome(outcome, { run, name, flow }, options.json === true);
  } finally {
    await client.close();
  }
}

/** @throws EngineError FLOW_UNKNOWN when no live worker serves the flow */
async function chooseQueue(client: Client, flow: string, wanted: string | undefined): Promise<string> {
  const workers = (await client.roster()).filter(({ isAlive, isLocal }) => isAlive && !isLocal);
  const queues = workers.flatMap((card) => lanesOf(card, flow));
  const [own] = queues;
  if (own === undefined)
    throw unknownFlow(flow, [...new Set(workers.flatMap((card) => card.flows))].filter(isOfUser));
  if (wanted !== undefined && !queues.includes(wanted)) {
    note(`No live worker serves flow "${flow}" on queue "${wanted}"; the run waits for one.`);
  }
  return wanted ?? own;
}

function isOfUser(flow: string): boolean {
  return flow !== backgroundName;
}

function unknownFlow(flow: string, served: readonly string[]): EngineError {
  const here = `Or run it in this process: millrace run ${flow} --file FILE`;
  const text =
    served.length === 0
      ? `No worker is running, so nobody serves flow "${flow}". Start one in another terminal: millrace worker FILE. ${here}`
      : `No live worker serves flow "${flow}". Served now: ${served.join(", ")}. ${here}`;
  return new EngineError("FLOW_UNKNOWN", text, { flow, served });
}

function announce(
  created: { run: string; name: string; flow: string; queue: string },
  isJson: boolean,
): void {
  const { run, name, flow, queue } = created;
  if (isJson) {
    out(toLine({ id: run, name, flow, queue }));
    return;
  }
  const colors = colorsOf(process.stdout);
  out(`Created flow run ${colors.magenta(`'${name}'`)} of flow '${flow}' on queue '${queue}'`);
  out(`  id      ${run}`);
  out(`  watch   ${colors.cyan(`npx millrace events ${run} -f`)}`);
  out(`  result  ${colors.cyan(`npx millrace runs get ${run}`)}`);
}
