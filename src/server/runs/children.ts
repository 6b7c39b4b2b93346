import { seeRuns } from "../../workers/run-list.ts";
import type { Answerer } from "../ask.ts";
import { toRunRow } from "./run-row.ts";

const pageSize = 200;

export const answerChildren: Answerer<"children"> = async ({ params, query, client }) => {
  const { run } = await client.find(params.run);
  const { cursor = null } = query;
  const page = await seeRuns(client, { parent: run, order: "oldest" }, { limit: pageSize, cursor });
  return { runs: page.runs.map(toRunRow), next: page.next };
};
