import { formatMs } from "../../base/durations.ts";
import { copyLog } from "../../workers/copy-log.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { showProgress } from "../progress.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

export interface CopyCommand {
  readonly into: string; // name of a namespace
  readonly json?: boolean;
}

/** `millrace copy --into NAMESPACE`: the whole log again, elsewhere, and everything that is derived from it. */
export async function copyCommand({ into, json = false }: CopyCommand): Promise<number> {
  return withClient(async (client) => {
    const startedAt = performance.now();
    const copy = await showProgress("Copying", async (onProgress) =>
      copyLog(client.store, { into, onProgress }),
    );
    const { runs, events, payloads, digest, difference } = copy;
    if (json) out(toLine({ into, runs, events, payloads, digest, isEqual: difference === null }));
    else {
      const took = formatMs(performance.now() - startedAt);
      out(
        `Copied ${runs} ${runs === 1 ? "run" : "runs"} with ${events} events into namespace ${into} in ${took}.`,
      );
      out(`SHA-256 of the log: ${digest}`);
      note(`Look at it: MILLRACE_NAMESPACE=${into} npx millrace runs ls`);
    }
    return difference === null ? exits.ok : exits.damaged;
  });
}
