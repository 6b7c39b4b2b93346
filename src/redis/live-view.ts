import type { ChainableCommander } from "ioredis";
import { EngineError } from "../base/errors.ts";
import { type Namespace, type ViewKeys, viewKeys } from "./keys.ts";
import { toEngineError, translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";
import { readBuilds } from "./view-builds.ts";
import type { BuildPlace } from "./view-store.ts";

/** Where documents are read: those of one set of versions. */
export interface ViewPlace {
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
  readonly signature: string;
}

/** Another build is in use since: what was read is of two minds, or gone. */
export class BuildReplaced extends Error {}

const maxTries = 10;

/**
 * Reads from the builds in use, one for each shard; all over again when one is replaced meanwhile.
 * @throws EngineError COMMAND_REFUSED when the first build of a shard is not complete yet
 */
export async function withLiveBuilds<T>(
  view: ViewPlace,
  read: (places: readonly BuildPlace[]) => Promise<T>,
): Promise<T> {
  return untilSteady(async () => {
    const places = await Promise.all(shardsOf(view).map(async (shard) => findLive(view, shard)));
    return read(
      places.map((place) => {
        if (place === null) throw notBuilt(view.namespace.name);
        return place;
      }),
    );
  });
}

/** As `withLiveBuilds`, for each shard by itself, and for reads of several steps; null for a shard without a build in use. */
export async function fromEachShard<T>(
  view: ViewPlace,
  read: (place: BuildPlace) => Promise<T>,
): Promise<readonly (T | null)[]> {
  return Promise.all(
    shardsOf(view).map(async (shard) =>
      untilSteady(async () => {
        const place = await findLive(view, shard);
        if (place === null) return null;
        const found = await read(place);
        if ((await findLive(view, shard))?.build !== place.build) throw new BuildReplaced();
        return found;
      }),
    ),
  );
}

async function untilSteady<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof BuildReplaced) || tries === maxTries) throw error;
    }
  }
}

export function shardsOf({ namespace }: Pick<ViewPlace, "namespace">): readonly number[] {
  return Array.from({ length: namespace.shards }, (_, shard) => shard);
}

async function findLive(
  { redis, namespace, signature }: ViewPlace,
  shard: number,
): Promise<BuildPlace | null> {
  const { live } = await readBuilds(redis, namespace, shard, signature);
  return live === null ? null : { namespace, shard, build: live };
}

function notBuilt(namespace: string): EngineError {
  return new EngineError(
    "COMMAND_REFUSED",
    `The projections of namespace "${namespace}" are not complete yet: this release has not folded the log so far. ` +
      "Start a worker, which does it, or do it here: npx millrace projections rebuild",
    { namespace },
  );
}

type AddCommands = (step: ChainableCommander, keys: ViewKeys) => void;

/** The answers of several commands about one build of one shard, as of one moment, in one round trip. */
export async function readTogether(
  { redis, signature }: ViewPlace,
  { namespace, shard, build }: BuildPlace,
  add: AddCommands,
): Promise<readonly unknown[]> {
  const keys = viewKeys(namespace, shard, build);
  const step: ChainableCommander = redis.multi();
  step.hget(keys.views, `live:${signature}`);
  add(step, keys);
  const replies = (await translated(async () => step.exec())) ?? [];
  const values = replies.map(([error, value]) => {
    if (error !== null) throw toEngineError(error);
    return value;
  });
  const [live, ...answers] = values;
  if (live !== build) throw new BuildReplaced();
  return answers;
}
