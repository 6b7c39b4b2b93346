import { openExisting } from "../../workers/client.ts";
import { findSelected } from "../../workers/select-runs.ts";
import { unblockRun } from "../../workers/unblock-run.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { checkSelection, forEach, type SelectOptions } from "../selection.ts";
import { toLine } from "../to-json.ts";

export interface UnblockCommand extends SelectOptions {
  readonly json?: boolean;
}

/** `millrace unblock RUN...`: lets workers try blocked runs again. */
export async function unblockCommand(runs: readonly string[], options: UnblockCommand): Promise<number> {
  checkSelection(runs, options);
  const client = await openExisting();
  try {
    const found = await findSelected(client, runs, { flow: options.flow ?? null, onlyBlocked: true });
    await forEach(found, async (outline) => {
      await unblockRun(client, outline, "millrace unblock");
      const { name, flow } = outline.created.data;
      if (options.json === true) out(toLine({ id: outline.run, name, flow }));
      else out(`Unblocked run '${name}' of flow '${flow}', ${outline.run}`);
    });
    if (found.length === 0) note("No run is blocked.");
    else
      note("Workers try again now. If the code still does not fit, they are blocked again: millrace runs ls");
    return exits.ok;
  } finally {
    await client.close();
  }
}
