import { openExisting } from "../../workers/client.ts";
import { type PauseOutcome, pauseRun } from "../../workers/pause-run.ts";
import { findSelected } from "../../workers/select-runs.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { checkSelection, forEach, type SelectOptions } from "../selection.ts";
import { toLine } from "../to-json.ts";

export interface PauseCommand extends SelectOptions {
  readonly reason?: string;
  readonly json?: boolean;
}

const words: Readonly<Record<PauseOutcome, string>> = {
  paused: "Paused run",
  already: "Had been paused: run",
};

/** `millrace pause RUN...`: asks runs to stand still; `millrace resume` lets each go on. */
export async function pauseCommand(runs: readonly string[], options: PauseCommand): Promise<number> {
  checkSelection(runs, options);
  const { flow = null, json = false, reason = null } = options;
  const client = await openExisting();
  try {
    const found = await findSelected(client, runs, { flow, onlyBlocked: false });
    if (found.length === 0) note("No run is open.");
    await forEach(found, async ({ run, created }) => {
      const outcome = await pauseRun(client, run, reason);
      const shown = { id: run, name: created.data.name, flow: created.data.flow };
      if (json) out(toLine({ ...shown, outcome }));
      else out(`${words[outcome]} '${shown.name}' of flow '${shown.flow}', ${run}`);
    });
    return exits.ok;
  } finally {
    await client.close();
  }
}
