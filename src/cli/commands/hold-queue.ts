import { setQueuePaused } from "../../workers/pause-queue.ts";
import { exits } from "../outcome.ts";
import { out } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

export interface HoldQueueCommand {
  readonly json?: boolean;
}

/** `millrace queues pause QUEUE` and `queues resume QUEUE`: whether workers take anything from it. */
export async function holdQueueCommand(
  queue: string,
  isPaused: boolean,
  { json = false }: HoldQueueCommand,
): Promise<number> {
  return withClient(async (client) => {
    await setQueuePaused(client, queue, isPaused);
    if (json) out(toLine({ queue, isPaused }));
    else if (isPaused) out(`Workers take nothing from queue ${queue} until it is resumed.`);
    else out(`Workers take from queue ${queue} again.`);
    return exits.ok;
  });
}
