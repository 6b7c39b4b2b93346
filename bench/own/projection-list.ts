import { parseArgs } from "node:util";
import { toUlid } from "../../src/base/ids.ts";
import { newSummary, type RunSummary } from "../../src/projections/run-summary.ts";
import { shardKeys } from "../../src/redis/keys.ts";
import type { ViewPlace } from "../../src/redis/live-view.ts";
import { countRuns, queryRuns } from "../../src/redis/query-runs.ts";
import type { RunQuery } from "../../src/redis/run-query.ts";
import { fillView, openBuilds } from "../../test/support/fill-view.ts";
import { quantile } from "./measure.ts";
import { describeMachine, machineLine } from "./print.ts";
import { openSite, usedMemoryBytes } from "./site.ts";

/*
 * Pages and counts of a list over many finished runs, and what their summaries and indexes cost in memory. The
 * documents are written as the projector writes them, without the log that they would come from.
 * Arguments: --runs N (default 1000000; needs about 1 GB for a million), --pages N of each query.
 */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000000" }, pages: { type: "string", default: "200" } },
});
const runs = Number(values.runs);
const pages = Number(values.pages);
const shards = 16;
const flows = 20;
const firstAt = Date.UTC(2026, 0, 1);
const apartMs = 1_000;

/** A run of ten tasks as it stands at its end; one of 500 is open. */
function toSummary(index: number): RunSummary {
  const createdAt = firstAt + index * apartMs;
  const chance = (index * 7_919) % 1_000; // spread evenly, and the same every time
  const isOpen = chance < 2;
  const isFailed = chance >= 2 && chance < 32;
  return {
    ...newSummary(toUlid(createdAt, chanceOf(index))),
    position: 24,
    flow: `flow-${index % flows}`,
    name: `brisk-otter-${index % 97}`,
    queue: chance < 100 ? "night" : "default",
    tags: [`team-${index % 10}`, ...(index % 1_000 === 0 ? ["rare"] : [])],
    source: "/srv/pipelines/orders/flow.ts",
    state: isOpen ? "RUNNING" : isFailed ? "FAILED" : "COMPLETED",
    stateName: isOpen ? "Running" : isFailed ? "Failed" : chance < 60 ? "Cached" : "Completed",
    error: isFailed ? "RangeError: no seats left on the flight of the 30th" : null,
    createdAt,
    startedAt: createdAt + 12,
    endedAt: isOpen ? null : createdAt + 4_211,
    updatedAt: createdAt + 4_211,
    codeHash: "9f86d081884c7d65",
    turns: 12,
    tasks: 10,
    completed: 10,
  };
}

function chanceOf(index: number): Uint8Array {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt32BE(Math.imul(index + 1, 2_654_435_761) >>> 0, 0);
  bytes.writeUInt32BE(index, 4);
  return bytes;
}

async function fill(view: ViewPlace): Promise<number> {
  const { redis, namespace } = view;
  const batch = 4_000;
  // The log's own list of runs comes first: it is there without any projection.
  for (let start = 0; start < runs; start += batch) {
    const some = Array.from({ length: Math.min(batch, runs - start) }, (_, index) =>
      toSummary(start + index),
    );
    await fillView(view, null, some, "runs");
  }
  await openBuilds(view);
  const before = await usedMemoryBytes(redis);
  for (let start = 0; start < runs; start += batch) {
    const some = Array.from({ length: Math.min(batch, runs - start) }, (_, index) =>
      toSummary(start + index),
    );
    await fillView(view, null, some, "view");
    if ((start / batch) % 25 === 0) process.stderr.write(`\r${start} of ${runs} runs`);
  }
  process.stderr.write(
    `\r${runs} of ${runs} runs; shard 0 has ${await redis.zcard(shardKeys(namespace, 0).runs)}\n`,
  );
  return ((await usedMemoryBytes(redis)) - before) / runs;
}

const deepAt = firstAt + Math.floor(runs / 2) * apartMs;
const queries: readonly (readonly [name: string, query: RunQuery])[] = [
  ["no filter", {}],
  ["no filter, oldest first", { order: "oldest" }],
  ["by flow", { flows: ["flow-7"] }],
  ["by state", { states: ["Completed"] }],
  ["by rare state", { states: ["Running"] }],
  ["by flow and state", { flows: ["flow-7"], states: ["Failed"] }],
  ["by tag", { tags: ["team-3"] }],
  ["by rare tag", { tags: ["rare"] }],
  ["by queue", { queue: "night" }],
  ["by flow, and half as old", { flows: ["flow-7"], createdBefore: deepAt }],
  ["by tag and flow (walks)", { tags: ["team-3"], flows: ["flow-13"] }],
  ["by queue and state (walks)", { queue: "night", states: ["Failed"] }],
];

interface Timing {
  readonly p50: number;
  readonly p99: number;
}

async function time(times: number, once: () => Promise<unknown>): Promise<Timing> {
  const took: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const began = performance.now();
    await once();
    took.push(performance.now() - began);
  }
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}

/** Pages from the first one on, and deep ones: each begins where the one before ended. */
async function timePages(view: ViewPlace, query: RunQuery): Promise<readonly [first: Timing, deep: Timing]> {
  const first = await time(pages, async () => queryRuns(view, query, { limit: 50, cursor: null }));
  const middle = { ...query, [query.order === "oldest" ? "createdAfter" : "createdBefore"]: deepAt };
  let cursor = (await queryRuns(view, middle, { limit: 50, cursor: null })).next;
  const deep = await time(pages, async () => {
    cursor = (await queryRuns(view, query, { limit: 50, cursor })).next;
  });
  return [first, deep];
}

const ms = (value: number): string => value.toFixed(1).padStart(8);

process.env["MILLRACE_SHARDS"] = String(shards);
const site = await openSite("everysec");
try {
  const { redis, namespace } = site.store;
  await redis.config("SET", "appendonly", "no");
  const view = { redis, namespace, signature: "bench" };
  console.log(machineLine(describeMachine()));
  const bytes = await fill(view);
  console.log(
    `${runs} runs, ${namespace.shards} shards, ${flows} flows; ${Math.round(bytes)} bytes a run (target: at most 1024)\n`,
  );
  console.log(
    `${"page of 50, ms".padEnd(30)} ${"p50".padStart(8)} ${"p99".padStart(8)}  deep p50 deep p99    count      ms`,
  );
  for (const [name, query] of queries) {
    const [first, deep] = await timePages(view, query);
    let count = 0;
    const counting = await time(name.includes("walks") ? 3 : 20, async () => {
      count = await countRuns(view, query);
    });
    console.log(
      `${name.padEnd(30)} ${ms(first.p50)} ${ms(first.p99)}  ${ms(deep.p50)} ${ms(deep.p99)} ${String(count).padStart(8)} ${ms(counting.p50)}`,
    );
  }
} finally {
  await site.close();
}
