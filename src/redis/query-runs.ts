import { z } from "zod";
import { groupBy } from "../base/group-by.ts";
import { shardOf, timeOfUlid } from "../base/ids.ts";
import { unpackDocument } from "../projections/document.ts";
import { newSummary, type RunSummary } from "../projections/run-summary.ts";
import { shardKeys } from "./keys.ts";
import { readTogether, type ViewPlace, withLiveBuilds } from "./live-view.ts";
import { translated } from "./redis-error.ts";
import { type Cover, coversOf, isWhole, statesCover } from "./run-cover.ts";
import { hasParameters } from "./run-inputs.ts";
import { acceptSummaries, type RunPlace, type RunQuery, readCursor, toCursor } from "./run-query.ts";
import { countCover, toStretch, walkRuns } from "./run-walk.ts";
import { type BuildPlace, readAside, SetAside } from "./view-store.ts";

/** A run of a list. */
export interface FoundRun {
  readonly summary: RunSummary; // blank but for run and createdAt when not even its first event can be folded
  readonly aside: SetAside | null; // why its events cannot be folded further; null = all of them are
}

export interface RunPage {
  readonly runs: readonly FoundRun[];
  readonly next: string | null; // the cursor of the next page; null = there is none
  readonly looked: number; // runs that were looked at
  readonly isComplete: boolean; // false = it was looked at as many as it may: the page may be short, and `next` goes on
}

export interface PageOptions {
  readonly limit: number;
  readonly cursor: string | null; // null = the first page
  readonly budget?: number; // runs to look at, at most, about; default: as many as it takes
}

/**
 * One page of the runs that a query asks for. Costs what the page needs: reads a little of each index, and more only
 * where it was not enough. A query that no single index answers walks the smallest one. Runs whose first event cannot
 * be folded are in lists without a filter only.
 * @throws EngineError OPTION_INVALID for a damaged cursor, COMMAND_REFUSED when nothing was folded yet
 */
export async function queryRuns(
  view: ViewPlace,
  query: RunQuery,
  { limit, cursor, budget = Number.POSITIVE_INFINITY }: PageOptions,
): Promise<RunPage> {
  const { order = "newest" } = query;
  const stretch = toStretch(query, cursor === null ? null : readCursor(order, cursor));
  return withLiveBuilds(view, async (places) => {
    const cover = await smallestCover(view, places, query);
    const isSure = isWhole(cover, query);
    const found: FoundRun[] = [];
    let looked = 0;
    let last: RunPlace | undefined;
    const isDone = (): boolean => found.length > limit || looked >= budget;
    for await (const walked of walkRuns(view, places, { cover, stretch, wanted: limit })) {
      for (let start = 0; start < walked.length && !isDone(); ) {
        const missing = limit + 1 - found.length;
        const some = walked.slice(start, start + (isSure ? missing : Math.max(missing, batchSize)));
        found.push(...(await readMatching(view, places, query, some)));
        start += some.length;
        looked += some.length;
        last = some.at(-1);
      }
      if (isDone()) break;
    }
    const runs = found.slice(0, limit);
    const end = found.length > limit ? runs.at(-1)?.summary : looked >= budget ? last : undefined;
    const isComplete = found.length > limit || looked < budget;
    return { runs, next: end === undefined ? null : toCursor(order, end), looked, isComplete };
  });
}

const batchSize = 200; // runs to look at, at a time

/** How many runs; not exact = at least so many. */
export interface RunCount {
  readonly count: number;
  readonly isExact: boolean;
}

/**
 * How many runs a query asks for. From the lengths of indexes where one answers it, else by walking one, which looks at
 * `budget` runs at most, about.
 */
export async function countRunsWithin(view: ViewPlace, query: RunQuery, budget: number): Promise<RunCount> {
  const stretch = toStretch(query, null);
  return withLiveBuilds(view, async (places) => {
    const cover = await smallestCover(view, places, query);
    if (cover.kind === "runs" && isWhole(cover, query)) {
      const folded = await countCover(view, places, { cover: statesCover([], []), stretch });
      return exactly(folded + (await countUnfolded(view, places, query)));
    }
    if (isWhole(cover, query)) return exactly(await countCover(view, places, { cover, stretch }));
    let count = 0;
    let looked = 0;
    for await (const walked of walkRuns(view, places, { cover, stretch, wanted: batchSize * places.length }))
      for (let start = 0; start < walked.length; start += batchSize) {
        if (looked >= budget) return { count, isExact: false };
        const some = walked.slice(start, start + batchSize);
        count += (await readMatching(view, places, query, some)).length;
        looked += some.length;
      }
    return exactly(count);
  });
}

/** Runs by their ids; without those that were created since and are not folded yet. */
export async function findRuns(view: ViewPlace, runs: readonly string[]): Promise<readonly FoundRun[]> {
  const wanted = runs.map((run) => ({ run, createdAt: timeOfUlid(run) ?? 0 }));
  return withLiveBuilds(view, async (places) => readFound(view, places, wanted));
}

/** How many runs a query asks for, exactly. */
export async function countRuns(view: ViewPlace, query: RunQuery): Promise<number> {
  return (await countRunsWithin(view, query, Number.POSITIVE_INFINITY)).count;
}

function exactly(count: number): RunCount {
  return { count, isExact: true };
}

async function smallestCover(
  view: ViewPlace,
  places: readonly BuildPlace[],
  query: RunQuery,
): Promise<Cover> {
  const covers = coversOf(query);
  const [only] = covers;
  if (covers.length === 1 && only !== undefined) return only;
  const stretch = toStretch(query, null);
  const sized = await Promise.all(
    covers.map(async (cover) => ({ cover, size: await countCover(view, places, { cover, stretch }) })),
  );
  const [smallest] = sized.sort((one, other) => one.size - other.size);
  return smallest?.cover ?? { kind: "runs" };
}

/** Those of the walked runs that the query asks for, in the same order. */
async function readMatching(
  view: ViewPlace,
  places: readonly BuildPlace[],
  query: RunQuery,
  walked: readonly RunPlace[],
): Promise<readonly FoundRun[]> {
  const accepts = acceptSummaries(query);
  const { parameters = {} } = query;
  const found = (await readFound(view, places, walked)).filter(({ summary }) => accepts(summary));
  if (Object.keys(parameters).length === 0) return found;
  const { redis, namespace } = view;
  const fits = await Promise.all(
    found.map(async ({ summary }) => hasParameters(redis, namespace, summary.run, parameters)),
  );
  return found.filter((_, index) => fits[index]);
}

const Texts = z.array(z.string().nullable());
const Bodies = z.array(z.instanceof(Buffer).nullable());

/** What is known of runs, in the same order; without those that were created since and are not folded yet. */
async function readFound(
  view: ViewPlace,
  places: readonly BuildPlace[],
  walked: readonly RunPlace[],
): Promise<readonly FoundRun[]> {
  const known = new Map<string, FoundRun>();
  const byShard = groupBy(walked, ({ run }) => shardOf(run, view.namespace.shards));
  await Promise.all(
    places.map(async (place) => {
      const some = byShard.get(place.shard) ?? [];
      if (some.length === 0) return;
      const runs = some.map(({ run }) => run);
      const [bodies, asides] = await readTogether(view, place, (step, keys) => {
        step.hmgetBuffer(keys.runs, ...runs);
        step.hmget(keys.aside, ...runs);
      });
      const bytes = Bodies.parse(bodies);
      const reasons = Texts.parse(asides);
      for (const [index, at] of some.entries()) {
        const found = toFound(at, bytes[index] ?? null, reasons[index] ?? null);
        if (found !== null) known.set(at.run, found);
      }
    }),
  );
  return walked.flatMap(({ run }) => known.get(run) ?? []);
}

function toFound({ run, createdAt }: RunPlace, bytes: Buffer | null, reason: string | null): FoundRun | null {
  const aside = reason === null ? null : SetAside.parse(JSON.parse(reason));
  if (bytes !== null) return { summary: unpackDocument(bytes, newSummary(run)), aside };
  return aside === null ? null : { summary: { ...newSummary(run), createdAt }, aside };
}

/** Runs that stand aside and have no summary. */
async function countUnfolded(
  view: ViewPlace,
  places: readonly BuildPlace[],
  query: RunQuery,
): Promise<number> {
  const { redis } = view;
  const { createdAfter = Number.NEGATIVE_INFINITY, createdBefore = Number.POSITIVE_INFINITY } = query;
  const lists = await Promise.all(
    places.map(async (place) => {
      const runs = (await readAside(redis, place)).map(({ run }) => run);
      const scores = await readCreations(redis, place, runs);
      return runs.map((run, index) => ({ run, createdAt: scores[index] ?? 0 }));
    }),
  );
  const within = lists
    .flat()
    .filter(({ createdAt }) => createdAt >= createdAfter && createdAt < createdBefore);
  return (await readFound(view, places, within)).filter(({ summary }) => summary.position === 0).length;
}

async function readCreations(
  redis: ViewPlace["redis"],
  { namespace, shard }: BuildPlace,
  runs: readonly string[],
): Promise<readonly number[]> {
  if (runs.length === 0) return [];
  const scores = await translated(async () => redis.zmscore(shardKeys(namespace, shard).runs, ...runs));
  return scores.map(Number);
}
