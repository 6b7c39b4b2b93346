import { EngineError } from "../../base/errors.ts";
import { openClient } from "../../workers/client.ts";
import { findHistoryFiles, readHistoryFile } from "../../workers/find-history-files.ts";
import { parseHistory } from "../../workers/history-file.ts";
import { importHistory } from "../../workers/import-histories.ts";
import { rebuildProjections } from "../../workers/projections.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { showProgress } from "../progress.ts";
import { toLine } from "../to-json.ts";

/** `millrace import FILE...`: exported histories into the namespace, for reading only. */
export async function importCommand(
  paths: readonly string[],
  { json = false }: { json?: boolean },
): Promise<number> {
  const files = findHistoryFiles(paths);
  if (files.length === 0) throw noFiles(paths);
  const client = await openClient();
  try {
    let isAdded = false;
    try {
      for (const file of files) {
        const imported = await importHistory(client.store, parseHistory(readHistoryFile(file), file));
        const { run, name, flow, events, added } = imported;
        isAdded ||= added > 0;
        const what = added === 0 ? "was there already" : `${added} of ${events} events added`;
        out(json ? toLine({ ...imported, file }) : `${run}: run '${name}' of flow '${flow}', ${what}`);
      }
    } finally {
      if (isAdded) await foldAgain(client.store);
    }
    return exits.ok;
  } finally {
    await client.close();
  }
}

/** What is imported comes by no feed, so nobody else would put it into lists and statistics. */
async function foldAgain(store: Parameters<typeof rebuildProjections>[0]): Promise<void> {
  await showProgress("Folding", async (onProgress) => rebuildProjections(store, { onProgress }));
  note("The runs can be looked at and replayed; no worker continues them.");
}

function noFiles(paths: readonly string[]): EngineError {
  return new EngineError(
    "OPTION_INVALID",
    `There is no history in ${paths.join(", ")}. Write some: millrace export --last 20 --to DIR`,
    { paths },
  );
}
