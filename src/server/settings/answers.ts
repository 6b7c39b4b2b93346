import { toRunFilter } from "../../projections/run-filter.ts";
import { readServerFacts } from "../../redis/fitness.ts";
import { readSavedViews, removeSavedView, writeSavedView } from "../../redis/saved-views.ts";
import type { Answerer } from "../ask.ts";

export const answerViews: Answerer<"views"> = async ({ client: { store } }) =>
  readSavedViews(store.redis, store.namespace.name);

export const answerPutView: Answerer<"putView"> = async ({ params, body, who, client }) => {
  const { q, isDefault = false, columns = null } = body;
  toRunFilter(q, Date.now()); // refuses what nobody could use
  const view = { name: params.name, q, isDefault, columns, by: who?.actor ?? client.actor, at: Date.now() };
  await writeSavedView(client.store.redis, client.store.namespace.name, view);
  return view;
};

export const answerRemoveView: Answerer<"removeView"> = async ({ params, client: { store } }) => ({
  removed: await removeSavedView(store.redis, store.namespace.name, params.name),
});

export const answerInfo: Answerer<"info"> = async ({ who, parts, client: { store } }) => {
  const { settings, namespace, redis } = store;
  const facts = await readServerFacts(redis);
  return {
    version: parts.version,
    namespace: namespace.name,
    basePath: parts.basePath,
    auth: { mode: parts.access.mode, role: who?.role ?? null, actor: who?.actor ?? null },
    features: ["runs", "flows", "capacity", "log", "compare", "bulk", "pause"],
    redis: {
      version: `${facts.software} ${facts.version}`,
      kind: settings.redisUrl === null ? "embedded" : "server",
      durability: facts.isPersistent ? facts.fsync : "none",
    },
    links: parts.links,
    now: Date.now(),
  };
};
