import type { Finding } from "../redis/fitness.ts";
import type { OpenRecord } from "../redis/held.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { isServed, stateOf } from "./run-state.ts";

export interface UnattendedRun {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly state: string; // name
}

export interface OpenRuns {
  readonly open: number;
  readonly blocked: number;
  readonly unattended: readonly UnattendedRun[]; // nobody alive has them or would take them
}

const lookAtMost = 500; // runs without a live owner; with more, the rest is not looked at

/** Open runs that will not go on by themselves, and what to do about them. */
export async function findUnattended(
  client: Client,
): Promise<{ readonly runs: OpenRuns; readonly findings: readonly Finding[] }> {
  const [roster, open] = await Promise.all([client.roster(), client.openRuns()]);
  const alive = new Set(roster.flatMap(({ id, isAlive }) => (isAlive ? [id] : [])));
  const blocked = open.filter(({ isBlocked }) => isBlocked);
  const orphans = open.filter(
    ({ isBlocked, owner }) => !isBlocked && (owner === null || !alive.has(owner.worker)),
  );
  const looked = await Promise.all(
    orphans.slice(0, lookAtMost).map(async (record) => toUnattended(client, record, roster)),
  );
  const unattended = looked.filter((run) => run !== null);
  const findings = [...findingOfUnattended(unattended), ...findingOfBlocked(blocked.length)];
  return { runs: { open: open.length, blocked: blocked.length, unattended }, findings };
}

async function toUnattended(
  client: Client,
  { run }: OpenRecord,
  roster: readonly RosterEntry[],
): Promise<UnattendedRun | null> {
  const outline = await client.outline(run);
  if (outline === null) return null;
  const { name, flow, queue } = outline.created.data;
  if (isServed(roster, flow, queue)) return null;
  return { id: run, name, flow, state: stateOf(outline, roster).name };
}

function findingOfUnattended(runs: readonly UnattendedRun[]): readonly Finding[] {
  const [first] = runs;
  if (first === undefined) return [];
  const names = runs.slice(0, 3).map(({ name, state }) => `${name} (${state})`);
  const rest = runs.length > 3 ? ` and ${runs.length - 3} more` : "";
  return [
    {
      severity: "warning",
      problem: `${runs.length} open ${runs.length === 1 ? "run has" : "runs have"} no live worker: ${names.join(", ")}${rest}.`,
      remedy: `Start a worker of ${first.flow}: npx millrace worker FILE; or continue one here: npx millrace resume ${first.name}`,
    },
  ];
}

function findingOfBlocked(count: number): readonly Finding[] {
  if (count === 0) return [];
  return [
    {
      severity: "warning",
      problem: `${count} ${count === 1 ? "run is" : "runs are"} blocked: the code and the history disagree.`,
      remedy: "See why: npx millrace runs ls --state Blocked, npx millrace runs get RUN",
    },
  ];
}
