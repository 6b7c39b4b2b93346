import { z } from "zod";
import { systemKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** A filter of the list of runs that somebody has kept. */
const SavedView = z.object({
  name: z.string(),
  q: z.string(),
  isDefault: z.boolean(),
  columns: z.array(z.string()).readonly().nullable(),
  by: z.string(),
  at: z.int(),
});
type SavedView = z.output<typeof SavedView>;

/** By name. */
export async function readSavedViews(
  redis: RedisConnection,
  namespace: string,
): Promise<readonly SavedView[]> {
  const fields = await translated(async () => redis.hvals(systemKeys(namespace).savedViews));
  return fields
    .map((text) => SavedView.parse(JSON.parse(text)))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Of those that are the default, the newest one is. */
export async function writeSavedView(
  redis: RedisConnection,
  namespace: string,
  view: SavedView,
): Promise<void> {
  const { savedViews } = systemKeys(namespace);
  const others = view.isDefault ? await readSavedViews(redis, namespace) : [];
  const changed = [
    view,
    ...others.flatMap((other) =>
      other.isDefault && other.name !== view.name ? [{ ...other, isDefault: false }] : [],
    ),
  ];
  const fields = changed.flatMap((each) => [each.name, JSON.stringify(each)]);
  await translated(async () => redis.hset(savedViews, ...fields));
}

/** @returns false when there was none of that name */
export async function removeSavedView(
  redis: RedisConnection,
  namespace: string,
  name: string,
): Promise<boolean> {
  return translated(async () => (await redis.hdel(systemKeys(namespace).savedViews, name)) === 1);
}
