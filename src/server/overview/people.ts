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
    const wait = [...summary.waits.values()].find(({ prompt }) => prompt !== null);
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
