import { queueKey, systemKeys } from "../../src/redis/keys.ts";
import type { CuttingProxy } from "./chaos-proxy.ts";
import type { ChaosScene } from "./chaos-scene.ts";
import type { ChaosWorker, Environment } from "./chaos-workers.ts";
import type { SimRandom } from "./sim-random.ts";

/** Deletes every key of BullMQ, and with them every hint. */
export async function deleteQueues({ client }: ChaosScene): Promise<number> {
  const { redis, namespace } = client.store;
  const [head = ""] = queueKey(namespace.name, "").prefix.split("}");
  const keys = await redis.keys(`${head}*`);
  return keys.length === 0 ? 0 : redis.unlink(keys);
}

export async function cutConnections({ client }: ChaosScene): Promise<number> {
  return Number(await client.store.redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
}

interface Place {
  worker: ChaosWorker;
  readonly env: Environment; // one of them reaches Redis through a proxy
  isPaused: boolean;
}

type Fault = readonly [name: string, act: () => Promise<unknown>];

/** Workers to which everything happens that can happen to workers, and to their Redis. */
export class Nemesis {
  readonly #scene: ChaosScene;
  readonly #random: SimRandom;
  readonly #places: Place[] = [];
  readonly #zombies = new Set<number>(); // pids that were paused at some time
  readonly #next: Fault[] = [];
  readonly counts = new Map<string, number>();

  constructor(scene: ChaosScene, random: SimRandom) {
    this.#scene = scene;
    this.#random = random;
  }

  async open(proxy: CuttingProxy): Promise<void> {
    for (const env of [{}, {}, { MILLRACE_REDIS_URL: proxy.url }])
      this.#places.push({ worker: await this.#scene.worker({}, env), env, isPaused: false });
  }

  isZombie(pid: number): boolean {
    return this.#zombies.has(pid);
  }

  /** Lets one thing happen; everything has had its turn before anything comes again. */
  async strike(): Promise<string> {
    if (this.#next.length === 0) this.#next.push(...this.#faults);
    const fault = this.#random.pick(this.#next);
    this.#next.splice(this.#next.indexOf(fault), 1);
    const [name, act] = fault;
    await act();
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    return name;
  }

  /** Nobody is paused any more. */
  heal(): void {
    for (const place of this.#places) this.#go(place);
  }

  readonly #faults: readonly Fault[] = [
    ["worker killed", async () => this.#kill()],
    ["worker killed", async () => this.#kill()],
    ["worker stopped", async () => this.#replace(this.#places, async (worker) => worker.stop())],
    ["worker paused", async () => this.#pause()],
    ["worker goes on", async () => this.heal()],
    ["connections cut", async () => cutConnections(this.#scene)],
    ["queues deleted", async () => deleteQueues(this.#scene)],
    ["sweeper forgotten", async () => this.#forgetSweeper()],
    ["redis killed", async () => this.#scene.server.kill().then(async () => this.#scene.server.restart())],
    [
      "redis shut down",
      async () => this.#scene.server.shutdown().then(async () => this.#scene.server.restart()),
    ],
  ];

  /** One that has runs, if there is one: they have to be taken over. */
  async #kill(): Promise<void> {
    const owners = await this.#scene.owners();
    const busy = this.#places.filter(({ worker }) => owners.includes(worker.id));
    await this.#replace(busy.length > 0 ? busy : this.#places, async (worker) => worker.kill());
  }

  async #replace(from: readonly Place[], end: (worker: ChaosWorker) => Promise<unknown>): Promise<void> {
    const place = this.#random.pick(from);
    this.#go(place);
    await end(place.worker);
    place.worker = await this.#scene.worker({}, place.env);
  }

  /** One at a time, so that somebody is left. */
  async #pause(): Promise<void> {
    this.heal();
    const place = this.#random.pick(this.#places);
    place.isPaused = true;
    this.#zombies.add(place.worker.pid);
    place.worker.signal("SIGSTOP");
  }

  #go(place: Place): void {
    if (place.isPaused) place.worker.signal("SIGCONT");
    place.isPaused = false;
  }

  async #forgetSweeper(): Promise<void> {
    const { redis, namespace } = this.#scene.client.store;
    await redis.del(systemKeys(namespace.name).sweeper);
  }
}
