import type { SingletonMode } from "../../sdk/run-handle.ts";
import { openClient, type StartedRun } from "../../workers/client.ts";
import { isServed } from "../../workers/run-state.ts";
import { startRun } from "../../workers/start-run.ts";
import { toIso } from "../format.ts";
import { exits } from "../outcome.ts";
import { toInput } from "../parameters.ts";
import { colorsOf, note, out } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface StartCommand {
  readonly param?: readonly string[];
  readonly input?: string;
  readonly queue?: string;
  readonly tag?: readonly string[];
  readonly name?: string;
  readonly key?: string;
  readonly delay?: number; // ms
  readonly at?: number; // epoch ms
  readonly singleton?: SingletonMode;
  readonly json?: boolean;
}

/** `millrace start FLOW`: creates a run for the workers, now or later, also when none of them is there yet. */
export async function startCommand(flow: string, options: StartCommand): Promise<number> {
  const input = toInput(options.input, options.param ?? []);
  const client = await openClient();
  try {
    const started = await startRun(client, flow, input, toStartOptions(options));
    const { queue } = started.created.data;
    if (!isServed(await client.roster(), flow, queue))
      note(`No live worker serves flow "${flow}" on queue "${queue}"; the run waits for one.`);
    announce(started, options.json === true);
    return exits.ok;
  } finally {
    await client.close();
  }
}

function toStartOptions({ queue, tag, name, key, delay, at, singleton }: StartCommand) {
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(name === undefined ? {} : { name }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(delay === undefined ? {} : { delay }),
    ...(at === undefined ? {} : { startAt: at }),
    ...(singleton === undefined ? {} : { singleton }),
  };
}

function announce({ run, name, created, isNew }: StartedRun, isJson: boolean): void {
  const { flow, queue, startAt } = created.data;
  if (isJson) {
    out(toLine({ id: run, name, flow, queue, isNew, startAt: toIso(startAt) }));
    return;
  }
  const colors = colorsOf(process.stdout);
  const what = isNew ? "Created flow run" : "Was there before: flow run";
  out(`${what} ${colors.magenta(`'${name}'`)} of flow '${flow}' on queue '${queue}'`);
  out(`  id      ${run}`);
  if (startAt !== null) out(`  starts  not before ${toIso(startAt) ?? ""}`);
  out(`  watch   ${colors.cyan(`npx millrace events ${run} -f`)}`);
}
