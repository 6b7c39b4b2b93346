import type { RunOutline } from "../redis/list-runs.ts";
import type { Client } from "./client.ts";

/** Which open runs: of one flow, or of any; all of them, or the blocked ones. */
export interface OpenSelection {
  readonly flow: string | null; // null = of any
  readonly onlyBlocked: boolean;
}

const atOnce = 100; // runs that are looked at together

/** Open runs as the log has them now, oldest first; those that end meanwhile are left out. O(open runs). */
async function selectOpen(
  client: Client,
  { flow, onlyBlocked }: OpenSelection,
): Promise<readonly RunOutline[]> {
  const open = (await client.openRuns()).filter(({ isBlocked }) => isBlocked || !onlyBlocked);
  const found: RunOutline[] = [];
  for (let start = 0; start < open.length; start += atOnce) {
    const some = open.slice(start, start + atOnce);
    const outlines = await Promise.all(some.map(async ({ run }) => client.outline(run)));
    for (const outline of outlines) {
      if (outline === null || outline.open === null) continue;
      if (flow === null || outline.created.data.flow === flow) found.push(outline);
    }
  }
  return found.toSorted((one, other) => one.created.recordedAt - other.created.recordedAt);
}

/** Runs by what people call them, or a selection of open ones; each once. */
export async function findSelected(
  client: Client,
  references: readonly string[],
  selection: OpenSelection,
): Promise<readonly RunOutline[]> {
  if (references.length === 0) return selectOpen(client, selection);
  const found = new Map<string, RunOutline>();
  for (const reference of references) {
    const outline = await client.find(reference);
    found.set(outline.run, outline);
  }
  return [...found.values()];
}
