import { openExisting } from "../../workers/client.ts";
import { sendSignal } from "../../workers/client-run.ts";
import { newId } from "../../workers/ids.ts";
import { exits } from "../outcome.ts";
import { toValue } from "../parameters.ts";
import { out } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface SignalCommand {
  readonly key?: string;
  readonly json?: boolean;
}

/** `millrace signal RUN NAME [JSON]`: sends a signal to a run. */
export async function signalCommand(
  [reference, signal, payload]: readonly [run: string, signal: string, payload: string | undefined],
  { key = newId(), json = false }: SignalCommand,
): Promise<number> {
  const value = payload === undefined ? undefined : toValue(payload);
  const client = await openExisting();
  try {
    const { run, created } = await client.find(reference);
    const { name } = created.data;
    await sendSignal(client, { run, signal, payload: value, key });
    if (json) out(toLine({ id: run, name, signal, key }));
    else out(`Sent signal '${signal}' to run '${name}', ${run}`);
    return exits.ok;
  } finally {
    await client.close();
  }
}
