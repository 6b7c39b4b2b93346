import { z } from "zod";
import { systemKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

const JsonSchema = z.record(z.string(), z.unknown());

/** What a worker says of one version of a flow: enough to ask for a run when no worker is there. */
export const FlowCard = z.object({
  flow: z.string(),
  codeHash: z.string(),
  source: z.string().nullable(), // file that defines it, as the worker knows it
  queue: z.string(),
  tags: z.array(z.string()),
  inputSchema: JsonSchema.nullable(), // JSON Schema of what may be given; null = anything
  signals: z.array(z.object({ name: z.string(), schema: JsonSchema.nullable() })), // declared beside it; null = anything
  firstSeenAt: z.int(), // epoch ms
  lastSeenAt: z.int(), // when a worker last began to serve it
});
export type FlowCard = z.output<typeof FlowCard>;

/** Says what a worker serves. A version that was there before keeps the time at which it came. */
export async function publishFlows(
  redis: RedisConnection,
  namespace: string,
  cards: readonly FlowCard[],
): Promise<void> {
  if (cards.length === 0) return;
  const { flows } = systemKeys(namespace);
  const known = new Map((await readFlowCards(redis, namespace)).map((card) => [fieldOf(card), card]));
  const fields = cards.flatMap((card) => {
    const firstSeenAt = known.get(fieldOf(card))?.firstSeenAt ?? card.firstSeenAt;
    return [fieldOf(card), JSON.stringify({ ...card, firstSeenAt })];
  });
  await translated(async () => redis.hset(flows, ...fields));
}

/** Every version of every flow that a worker ever served, newest first. O(versions). */
export async function readFlowCards(redis: RedisConnection, namespace: string): Promise<readonly FlowCard[]> {
  const fields = await translated(async () => redis.hgetall(systemKeys(namespace).flows));
  return Object.values(fields)
    .map((text) => FlowCard.parse(JSON.parse(text)))
    .toSorted((one, other) => other.lastSeenAt - one.lastSeenAt);
}

function fieldOf({ flow, codeHash }: Pick<FlowCard, "flow" | "codeHash">): string {
  return `${flow}/${codeHash}`; // a name has no slash
}
