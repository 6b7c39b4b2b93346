import { type CancelOutcome, cancelRun } from "../../workers/cancel-run.ts";
import { openExisting } from "../../workers/client.ts";
import { findSelected } from "../../workers/select-runs.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { checkSelection, forEach, type SelectOptions } from "../selection.ts";
import { toLine } from "../to-json.ts";

export interface CancelCommand extends SelectOptions {
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const words: Readonly<Record<CancelOutcome, string>> = {
  ended: "Cancelled run",
  requested: "Asked to end: run",
  already: "Had been cancelled: run",
};

/** `millrace cancel RUN...`: asks runs to end. A selection is shown first, and cancelled with `--yes`. */
export async function cancelCommand(runs: readonly string[], options: CancelCommand): Promise<number> {
  checkSelection(runs, options);
  const { flow = null, json = false, yes = false, reason = null } = options;
  const client = await openExisting();
  try {
    const found = await findSelected(client, runs, { flow, onlyBlocked: false });
    if (found.length === 0) note("No run is open.");
    const isPreview = runs.length === 0 && found.length > 0 && !yes;
    await forEach(found, async ({ run, created }) => {
      const outcome = isPreview ? null : await cancelRun(client, run, reason);
      const shown = { id: run, name: created.data.name, flow: created.data.flow };
      if (json) out(toLine({ ...shown, outcome }));
      else
        out(
          `${outcome === null ? "Would cancel run" : words[outcome]} '${shown.name}' of flow '${shown.flow}', ${run}`,
        );
    });
    if (!isPreview) return exits.ok;
    note(`Nothing was cancelled. To cancel these ${found.length}, give the same command with --yes.`);
    return exits.wrongInput;
  } finally {
    await client.close();
  }
}
