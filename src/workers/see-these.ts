import { findRuns } from "../redis/query-runs.ts";
import type { Client } from "./client.ts";
import { readLiveStates } from "./live-states.ts";
import { type SeenRun, viewOf } from "./run-list.ts";

/** Runs by their ids, in their states as of now; without those that are not folded yet. */
export async function seeThese(client: Client, runs: readonly string[]): Promise<readonly SeenRun[]> {
  if (runs.length === 0) return [];
  const [found, roster] = await Promise.all([findRuns(viewOf(client), runs), client.roster()]);
  const states = await readLiveStates(client, found, roster);
  return found.flatMap((run, index) => {
    const state = states[index];
    return state === undefined ? [] : [{ ...run, state }];
  });
}
