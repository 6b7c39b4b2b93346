import { EngineError } from "../../base/errors.ts";
import { forkRun } from "../../workers/fork-run.ts";
import { retryRun } from "../../workers/retry-run.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

export interface RetryCommand {
  readonly reason?: string;
  readonly json?: boolean;
}

/** `millrace retry`: another attempt of a run that has ended, under its own id. */
export async function retryCommand(
  reference: string,
  { reason, json = false }: RetryCommand,
): Promise<number> {
  return withClient(async (client) => {
    const { run } = await client.find(reference);
    const retried = await retryRun(client, run, reason ?? null);
    if (json) out(toLine(retried));
    else
      note(
        `Run '${retried.name}' begins attempt ${retried.attempt}; results of ${retried.kept} calls are kept. ` +
          `Watch it: millrace events ${run} -f`,
      );
    return exits.ok;
  });
}

export interface ForkCommand {
  readonly turn?: number;
  readonly task?: string;
  readonly args?: string;
  readonly json?: boolean;
}

/** `millrace fork`: a new run that shares the history of another one up to a point. */
export async function forkCommand(
  reference: string,
  { turn, task, args, json = false }: ForkCommand,
): Promise<number> {
  const given = args === undefined ? {} : { args: toArguments(args) };
  const point = {
    ...(turn === undefined ? {} : { turn }),
    ...(task === undefined ? {} : { task }),
    ...given,
  };
  return withClient(async (client) => {
    const { run: from } = await client.find(reference);
    const forked = await forkRun(client, from, point);
    if (json) out(toLine(forked));
    else {
      out(forked.run);
      note(
        `Run '${forked.name}' shares the first ${forked.position} events of ${from}, and goes on from there. ` +
          `Watch it: millrace events ${forked.run} -f`,
      );
    }
    return exits.ok;
  });
}

function toArguments(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw new EngineError(
    "OPTION_INVALID",
    `--args must be a JSON list of the task's arguments, and is ${text}`,
    {},
  );
}
