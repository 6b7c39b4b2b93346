import { documentsPart, indexPart, viewKeys } from "./keys.ts";
import { shardsOf, type ViewPlace } from "./live-view.ts";
import { readCurrentBuild } from "./read-view.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";
import type { BuildPlace } from "./view-store.ts";

/** What documents cost. */
export interface ViewSize {
  readonly documents: number;
  readonly bytes: number; // in Redis, from a sample
}

/** What each projection costs, by name, and under "" the summaries of runs with their indexes. */
export async function readViewSizes(
  view: ViewPlace,
  projections: readonly string[],
): Promise<ReadonlyMap<string, ViewSize>> {
  const sizes = new Map<string, ViewSize>();
  const add = (name: string, { documents, bytes }: ViewSize): void => {
    const sum = sizes.get(name) ?? { documents: 0, bytes: 0 };
    sizes.set(name, { documents: sum.documents + documents, bytes: sum.bytes + bytes });
  };
  await Promise.all(
    shardsOf(view).map(async (shard) => {
      const place = await readCurrentBuild(view, shard);
      if (place === null) return;
      const { runs, part } = viewKeys(place.namespace, shard, place.build);
      add("", await sizeOf(view.redis, runs));
      add("", { documents: 0, bytes: await indexBytes(view.redis, place) });
      for (const name of projections) add(name, await sizeOf(view.redis, part(documentsPart(name))));
    }),
  );
  return sizes;
}

const samples = 20; // elements of a key

async function sizeOf(redis: RedisConnection, key: string): Promise<ViewSize> {
  return translated(async () => {
    const [documents, bytes] = await Promise.all([redis.hlen(key), bytesOf(redis, key)]);
    return { documents, bytes };
  });
}

async function bytesOf(redis: RedisConnection, key: string): Promise<number> {
  return (await redis.memory("USAGE", key, "SAMPLES", samples)) ?? 0;
}

const lookAtMost = 200; // indexes of a shard

/** With more indexes than we look at, those that we do stand for the rest. */
async function indexBytes(redis: RedisConnection, { namespace, shard, build }: BuildPlace): Promise<number> {
  const { parts, part } = viewKeys(namespace, shard, build);
  return translated(async () => {
    const names = (await redis.smembers(parts)).filter((name) => name.startsWith(indexPart("")));
    const looked = names.slice(0, lookAtMost);
    const bytes = await Promise.all(looked.map(async (name) => bytesOf(redis, part(name))));
    const sum = bytes.reduce((total, more) => total + more, 0);
    return Math.round((sum * names.length) / Math.max(1, looked.length));
  });
}
