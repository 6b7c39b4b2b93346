import { formatMs } from "../../base/durations.ts";
import { toJson } from "../../base/to-json.ts";
import { listAside } from "../../workers/projection-report.ts";
import { rebuildProjections } from "../../workers/projections.ts";
import { type Difference, verifyProjections } from "../../workers/verify-projections.ts";
import { catchUpFirst } from "../catch-up.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out } from "../print.ts";
import { showProgress } from "../progress.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

/** `millrace projections rebuild`: all documents once more, from the streams of the runs. */
export async function rebuildCommand(): Promise<number> {
  return withClient(async (client) => {
    const startedAt = performance.now();
    const { runs } = await showProgress("Folding", async (onProgress) =>
      rebuildProjections(client.store, { onProgress }),
    );
    out(
      `Folded ${runs} ${runs === 1 ? "run" : "runs"} in ${formatMs(performance.now() - startedAt)}; the new documents are in use.`,
    );
    const aside = await listAside(client);
    if (aside.length > 0)
      note(`${aside.length} of them could not be folded. See why: npx millrace projections aside`);
    return exits.ok;
  });
}

/** `millrace projections verify`: whether the documents are what the log makes of them. */
export async function verifyCommand({ json = false }: { json?: boolean }): Promise<number> {
  return withClient(async (client) => {
    await catchUpFirst(client);
    const difference = await showProgress("Comparing", async (onProgress) =>
      verifyProjections(client.store, { onProgress }),
    );
    if (json) out(toLine({ isEqual: difference === null, difference }));
    else if (difference === null) out("Every document is, byte for byte, what the log makes of it.");
    else printDifference(difference);
    return difference === null ? exits.ok : exits.damaged;
  });
}

function printDifference({ projection, id, shard, stored, expected }: Difference): void {
  const colors = colorsOf(process.stdout);
  out(colors.red(`Document "${id}" of ${projection} (shard ${shard}) is not what the log makes of it.`));
  out(`stored    ${toText(stored)}`);
  out(`expected  ${toText(expected)}`);
  for (const [field, one, other] of differingFields(stored, expected))
    out(`${colors.bold(field)}: ${toLine(one)} is stored, ${toLine(other)} is expected`);
  note("Make all documents anew: npx millrace projections rebuild");
}

function toText(document: unknown): string {
  return document === null ? "(there is none)" : toLine(document);
}

function differingFields(one: unknown, other: unknown): readonly (readonly [string, unknown, unknown])[] {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return [];
  const others = new Map<string, unknown>(Object.entries(other));
  return Object.entries(one).flatMap(([field, value]: [string, unknown]) => {
    const expected = others.get(field);
    return toLine(value) === toLine(expected) ? [] : [[field, toJson(value), toJson(expected)] as const];
  });
}
