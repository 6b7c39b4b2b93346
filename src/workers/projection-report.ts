import { timeOfUlid } from "../base/ids.ts";
import { runSummaryVersion } from "../projections/all.ts";
import { shardsOf } from "../redis/live-view.ts";
import { type Lag, readAsideRuns, readCurrentBuild, readLag } from "../redis/read-view.ts";
import { readViewSizes } from "../redis/view-sizes.ts";
import type { SetAside } from "../redis/view-store.ts";
import type { Client } from "./client.ts";
import { currentSet } from "./projection-set.ts";
import { viewOf } from "./run-list.ts";

/** A projection in one line. All of them are folded and stored together, and share how far they are. */
export interface ProjectionRow {
  readonly name: string;
  readonly version: number;
  readonly about: string;
  readonly documents: number;
  readonly bytes: number; // in Redis, from a sample; with the indexes that belong to it
  readonly lag: Lag;
  readonly aside: number; // runs that cannot be folded
  readonly builtAt: number | null; // epoch ms; when the oldest build in use was begun; null = nothing was folded yet
}

/** Every projection of this release. */
export async function reportProjections(client: Client): Promise<readonly ProjectionRow[]> {
  const view = viewOf(client);
  const { redis, namespace, signature } = view;
  const names = currentSet.projections.map(({ name }) => name);
  const [lag, aside, sizes, builds] = await Promise.all([
    readLag(redis, namespace, signature),
    readAsideRuns(redis, namespace, signature),
    readViewSizes(view, names),
    Promise.all(shardsOf(view).map(async (shard) => readCurrentBuild(view, shard))),
  ]);
  const begins = builds.flatMap((place) => (place === null ? [] : (timeOfUlid(place.build) ?? [])));
  const shared = { lag, aside: aside.length, builtAt: begins.length === 0 ? null : Math.min(...begins) };
  const none = { documents: 0, bytes: 0 };
  return [
    {
      name: "run-summary",
      version: runSummaryVersion,
      about: runsAbout,
      ...(sizes.get("") ?? none),
      ...shared,
    },
    ...currentSet.projections.map(({ name, version, about }) => ({
      name,
      version,
      about,
      ...(sizes.get(name) ?? none),
      ...shared,
    })),
  ];
}

const runsAbout =
  "What lists of runs need: state, times and counts of each run, and the indexes to find it by.";

/** Every run that stands aside, longest first. */
export async function listAside(client: Client): Promise<readonly SetAside[]> {
  const { redis, namespace, signature } = viewOf(client);
  return readAsideRuns(redis, namespace, signature);
}
