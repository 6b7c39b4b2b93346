import type { Client } from "../../workers/client.ts";
import { seeRuns } from "../../workers/run-list.ts";
import type { Attention } from "../contract/overview.ts";

const pageSize = 200;

/** Runs that ask a person for something. */
export async function peopleOf(client: Client): Promise<readonly Attention[]> {
  const { runs } = await seeRuns(
    client,
    { states: ["PAUSED"], order: "oldest" },
    { limit: pageSize, cursor: null },
  );
  const asked = runs.flatMap(({ summary }) => {
    const wait = waitsOf(summary).find(({ prompt }) => prompt !== null);
    return wait === undefined ? [] : [{ summary, prompt: wait.prompt }];
  });
  const [oldest] = asked.toSorted((one, other) => one.summary.updatedAt - other.summary.updatedAt);
  if (oldest === undefined) return [];
  return [
    {
      kind: "people",
      count: asked.length,
      oldestAt: oldest.summary.updatedAt,
      sample: oldest.summary.run,
      prompt: oldest.prompt,
      query: "status:Paused",
    },
  ];
}

interface Wait {
  readonly prompt: string | null; // null = it is not for a person
}

function waitsOf(summary: object): readonly Wait[] {
  if (!("waits" in summary) || !(summary.waits instanceof Map)) return [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- so summaries say it
  return [...summary.waits.values()] as Wait[];
}
