import { Redis } from "ioredis";
import { freePort, type ServerOptions, startServer, type TestServer } from "./redis-server.ts";
import { waitUntil } from "./wait-until.ts";

const slots = 16_384;

export interface TestCluster {
  readonly url: string; // of one node
  readonly nodes: readonly TestServer[];
  readonly stop: () => Promise<void>;
}

/** Starts masters that share the slots evenly, and waits until all of them say that the cluster is whole. */
export async function startCluster(masters = 3, options: ServerOptions = {}): Promise<TestCluster> {
  const busPorts = await Promise.all(Array.from({ length: masters }, freePort));
  const nodes = await Promise.all(busPorts.map(async (busPort) => startServer(clustered(options, busPort))));
  const clients = nodes.map(({ url }) => new Redis(url));
  try {
    await Promise.all(
      clients.map(async (client, index) => {
        const from = Math.floor((index * slots) / masters);
        const to = Math.floor(((index + 1) * slots) / masters) - 1;
        await client.cluster("ADDSLOTSRANGE", from, to);
        await client.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
      }),
    );
    for (const [index, { port }] of nodes.entries()) {
      await clients[0]!.call("CLUSTER", "MEET", "127.0.0.1", port, busPorts[index]!);
    }
    await waitUntil(async () => Promise.all(clients.map(async (client) => whole(client, masters))), {
      timeoutMs: 20_000,
      intervalMs: 50,
    });
  } catch (error) {
    await Promise.all(nodes.map(async (node) => node.stop()));
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    url: nodes[0]!.url,
    nodes,
    stop: async () => {
      await Promise.all(nodes.map(async (node) => node.stop()));
    },
  };
}

/** The default bus port (port + 10,000) may be out of range or taken: each node gets a free one. */
function clustered(options: ServerOptions, busPort: number): ServerOptions {
  const settings = { "cluster-enabled": "yes", "cluster-port": busPort, "cluster-node-timeout": 10_000 };
  return { ...options, settings: { ...options.settings, ...settings } };
}

async function whole(client: Redis, masters: number): Promise<void> {
  const state = await client.cluster("INFO");
  if (!state.includes("cluster_state:ok") || !state.includes(`cluster_known_nodes:${masters}`)) {
    throw new Error(`the cluster is not whole:\n${state}`);
  }
}
