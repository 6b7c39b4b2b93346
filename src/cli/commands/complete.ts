import { backgroundName } from "../../sdk/background.ts";
import type { Client } from "../../workers/client.ts";
import type { Taken } from "../completion.ts";
import { out } from "../print.ts";
import { withClient } from "../with-client.ts";

const mostRuns = 30;

/** `millrace __complete`: names that a shell may complete, one a line: of the newest runs, or of flows. */
export async function completeCommand(what: Taken): Promise<number> {
  return withClient(async (client) => {
    for (const name of await (what === "runs" ? runNames(client) : flowNames(client))) out(name);
    return 0;
  });
}

async function runNames(client: Client): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const run of client.newest()) {
    const outline = await client.outline(run);
    if (outline !== null) names.add(outline.created.data.name);
    if (names.size >= mostRuns) break;
  }
  return names;
}

async function flowNames(client: Client): Promise<ReadonlySet<string>> {
  const workers = (await client.roster()).filter(({ isAlive }) => isAlive);
  return new Set(workers.flatMap(({ flows }) => flows).filter((flow) => flow !== backgroundName));
}
