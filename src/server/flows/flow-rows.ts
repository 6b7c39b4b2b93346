import { type FlowCard, readFlowCards } from "../../redis/flow-cards.ts";
import { countByState } from "../../redis/histogram-runs.ts";
import type { RosterEntry } from "../../redis/roster.ts";
import { backgroundName } from "../../sdk/background.ts";
import type { Client } from "../../workers/client.ts";
import { type SeenRun, seeRuns, viewOf } from "../../workers/run-list.ts";
import { type FlowReport, readStatistics } from "../../workers/statistics.ts";
import type { Answerer } from "../ask.ts";
import type { FlowRow } from "../contract/flows.ts";

/** What is known of flows, from three places: what ran, who is alive, and what workers once said. */
export interface FlowFacts {
  readonly reports: readonly FlowReport[];
  readonly roster: readonly RosterEntry[];
  readonly cards: readonly FlowCard[];
}

export async function readFlowFacts(client: Client, flow: string | null): Promise<FlowFacts> {
  const { redis, namespace } = client.store;
  const [reports, roster, cards] = await Promise.all([
    readStatistics(client, flow),
    client.roster(),
    readFlowCards(redis, namespace.name),
  ]);
  const serving = roster.filter(({ isAlive, isLocal }) => isAlive && !isLocal);
  return { reports, roster: serving, cards };
}

export const answerFlows: Answerer<"flows"> = async ({ client }) => {
  const facts = await readFlowFacts(client, null);
  const names = new Set([
    ...facts.reports.map(({ flow }) => flow),
    ...facts.roster.flatMap(({ flows }) => flows),
    ...facts.cards.map(({ flow }) => flow),
  ]);
  names.delete(backgroundName); // delayed tasks are no flow of anybody
  return Promise.all([...names].toSorted().map(async (flow) => toFlowRow(client, flow, facts)));
};

const barCount = 40;

export async function toFlowRow(
  client: Client,
  flow: string,
  { reports, roster, cards }: FlowFacts,
): Promise<FlowRow> {
  const report = reports.find((candidate) => candidate.flow === flow);
  const own = cards.filter((card) => card.flow === flow);
  const serving = roster.filter(({ flows }) => flows.includes(flow));
  const [newest] = own;
  const [{ runs }, lately, ever] = await Promise.all([
    seeRuns(client, { flows: [flow] }, { limit: barCount, cursor: null }),
    countSince(client, flow, Date.now() - hourMs),
    countSince(client, flow, 0),
  ]);
  return {
    flow,
    source: newest?.source ?? null,
    queue: newest?.queue ?? "default",
    workers: serving.length,
    versions: own.map(({ codeHash, source, firstSeenAt, lastSeenAt }) => {
      const workers = serving.filter(({ code }) => code[flow] === codeHash).length;
      return { codeHash, source, firstSeenAt, lastSeenAt, workers };
    }),
    inputSchema: newest?.inputSchema ?? null,
    lastRuns: runs.map(toRunBar),
    stats: { ...toStats(report), open: ever.open, success1h: lately.successRate },
  };
}

export function toRunBar({ summary, state }: SeenRun): FlowRow["lastRuns"][number] {
  const { run, name, startedAt, endedAt } = summary;
  const ms = startedAt === null ? null : Math.max(0, (endedAt ?? Date.now()) - startedAt);
  return { run, name, state: state.type, stateName: state.name, ms };
}

function toStats(report: FlowReport | undefined): Omit<FlowRow["stats"], "success1h" | "open"> {
  if (report === undefined) return noStats;
  const { runs, completed, failed, timedOut, crashed, cancelled, successRate, p50Ms, p95Ms, lastAt } = report;
  return {
    runs,
    completed,
    failed: failed + timedOut + crashed,
    cancelled,
    successRate,
    p50Ms,
    p95Ms,
    lastAt,
  };
}

const noStats = {
  runs: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  successRate: null,
  p50Ms: null,
  p95Ms: null,
  lastAt: null,
} as const;

const hourMs = 3_600_000;
const finals = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"] as const;

interface StateCounts {
  readonly open: number;
  readonly successRate: number | null; // of those that ended; null = none has
}

/** How the runs of a flow stand that were created since. From indexes. */
async function countSince(client: Client, flow: string, from: number): Promise<StateCounts> {
  const buckets = { from, bucketMs: Date.now() + hourMs, count: 1 };
  const counts = await countByState(viewOf(client), { flows: [flow] }, buckets);
  const of = (state: string): number => counts.get(state)?.[0] ?? 0;
  const ended = finals.reduce((sum, state) => sum + of(state), 0);
  const all = [...counts.keys()].reduce((sum, state) => sum + of(state), 0);
  return { open: all - ended, successRate: ended === 0 ? null : of("COMPLETED") / ended };
}
