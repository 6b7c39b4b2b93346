import type { RunSummary } from "../projections/run-summary.ts";
import { type OpenRecord, readOpenRecords } from "../redis/held.ts";
import type { FoundRun } from "../redis/query-runs.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { isServed, openState, type RunState, stateOf } from "./run-state.ts";

/** The states of runs as of now, in the same order: what the log says, and for open ones who has them. */
export async function readLiveStates(
  client: Client,
  runs: readonly FoundRun[],
  roster: readonly RosterEntry[],
): Promise<readonly RunState[]> {
  const { redis, namespace } = client.store;
  const open = runs.flatMap(({ summary, aside }) =>
    summary.endedAt === null && aside === null ? [summary.run] : [],
  );
  const records = await readOpenRecords(redis, namespace, open);
  return Promise.all(
    runs.map(async ({ summary, aside }) => {
      if (aside !== null) return stateAside(client, summary.run, roster);
      return stateNow(client, summary, { open: records.get(summary.run) ?? null, roster });
    }),
  );
}

interface Moment {
  readonly open: OpenRecord | null;
  readonly roster: readonly RosterEntry[];
}

async function stateNow(client: Client, summary: RunSummary, { open, roster }: Moment): Promise<RunState> {
  const { run, flow, queue, state, stateName, message, endedAt, startedAt, turns, crashes } = summary;
  if (endedAt !== null) return { type: state, name: stateName, message, isFinal: true };
  const logged = { type: state, name: stateName, message };
  const isBegun = startedAt !== null || turns > 0 || crashes > 0;
  const isParked = open !== null && open.owner === null && !open.isBlocked;
  if (isParked && crashes > 0 && !isServed(roster, flow, queue)) {
    const outline = await client.outline(run); // whether the loss is the newest event
    if (outline !== null) return stateOf(outline, roster, logged);
  }
  const facts = { flow, queue, isBegun, lostWorker: null, open, startAt: summary.notBefore, logged };
  return openState(facts, roster);
}

/** A run whose events cannot be folded may still be read at its ends. */
async function stateAside(client: Client, run: string, roster: readonly RosterEntry[]): Promise<RunState> {
  const outline = await client.outline(run);
  if (outline !== null) return stateOf(outline, roster);
  return { type: "PAUSED", name: "Unreadable", message: "Its events cannot be read.", isFinal: false };
}
