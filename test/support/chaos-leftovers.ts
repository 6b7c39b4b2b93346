import { shardOf } from "../../src/base/ids.ts";
import { factsKey, queueKey, shardKeys } from "../../src/redis/keys.ts";
import { readRoster } from "../../src/redis/roster.ts";
import { type ChaosScene, until } from "./chaos-scene.ts";

const patienceMs = 20_000; // a sweeper buries the last dead worker; a task that nobody waits for comes to its end

/** What must not be there when every run has ended, and nobody is in the middle of anything. */
export async function checkLeftovers(scene: ChaosScene): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const look of [shardLeftovers, factLeftovers, rosterLeftovers, jobLeftovers]) {
    let found: readonly string[] = [];
    await until(patienceMs, async () => {
      found = await look(scene);
      if (found.length > 0) throw new Error("There is something left.");
    }).catch(() => undefined); // told by `found`
    problems.push(...found);
  }
  return problems;
}

async function shardLeftovers({ client }: ChaosScene): Promise<readonly string[]> {
  const { redis, namespace } = client.store;
  const problems: string[] = [];
  for (let shard = 0; shard < namespace.shards; shard += 1) {
    const { open, due, attempts } = shardKeys(namespace, shard);
    for (const [run, record] of Object.entries(await redis.hgetall(open)))
      problems.push(`Run ${run} is still open: ${record}.`);
    for (const run of await redis.zrange(due, "0", "-1")) problems.push(`Run ${run} is still due.`);
    for (const [attempt, holder] of Object.entries(await redis.hgetall(attempts)))
      problems.push(`Attempt ${attempt} is still held: ${holder}.`);
  }
  return problems;
}

async function factLeftovers({ client }: ChaosScene): Promise<readonly string[]> {
  const { redis, namespace } = client.store;
  const problems: string[] = [];
  for await (const run of client.newest()) {
    const key = factsKey(namespace, run);
    if ((await redis.exists(key)) === 1)
      problems.push(`Run ${run} (shard ${shardOf(run, namespace.shards)}) still has ${key}.`);
  }
  return problems;
}

/** Who is on the list, is alive. */
async function rosterLeftovers({ client }: ChaosScene): Promise<readonly string[]> {
  const { redis, namespace } = client.store;
  const roster = await readRoster(redis, namespace.name);
  return roster.flatMap(({ id, isAlive }) => (isAlive ? [] : [`Dead worker ${id} is still on the list.`]));
}

/** Nobody waits in a queue; what a dead worker had taken lies there until BullMQ notices, and is about nothing. */
async function jobLeftovers({ client }: ChaosScene): Promise<readonly string[]> {
  const { redis, namespace } = client.store;
  const { prefix } = queueKey(namespace.name, "*");
  const keys = await redis.keys(prefix.replace("{", "\\{").replace("}", "*\\}*"));
  const problems: string[] = [];
  for (const key of keys.filter((name) => name.endsWith(":wait") || name.endsWith(":paused"))) {
    const waiting = await redis.llen(key);
    if (waiting > 0) problems.push(`${waiting} hints wait in ${key}.`);
  }
  return problems;
}
