import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { RedisPresence } from "../../src/redis/presence.ts";
import { type Access, openAccess } from "../../src/server/access/access.ts";
import { sendProblem, toProblem } from "../../src/server/http/problem.ts";
import { type LiveOptions, mountLive, usualLive } from "../../src/server/live/mount-live.ts";
import { Client } from "../../src/workers/client.ts";
import { Projector } from "../../src/workers/projector.ts";
import { openStore, type Settings, settingsFromEnvironment } from "../../src/workers/settings.ts";
import { type ListenOptions, LiveListener } from "./live-listener.ts";
import { completed, createOwned, newRunId, step, taskDone, turn } from "./log-suite-events.ts";

interface Server {
  readonly app: FastifyInstance;
  readonly url: string;
}

/** A namespace of its own, whoever writes to it, and servers of its live stream. */
export class LiveScene {
  readonly client: Client;
  readonly troubles: unknown[] = [];
  capacity: unknown = { sentence: "Nothing waits." };
  readonly #listeners: LiveListener[] = [];
  readonly #ends: (() => Promise<void>)[] = [];
  #batch = 1;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(
    redisUrl: string,
    shards = 4,
    namespace = `live-${randomUUID().slice(0, 8)}`,
  ): Promise<LiveScene> {
    const settings: Settings = { ...settingsFromEnvironment(), redisUrl, namespace, shards };
    return new LiveScene(new Client(await openStore(settings)));
  }

  /** A run of its own, with its first event. */
  async begin(run = newRunId()): Promise<string> {
    return createOwned(this.client.log, run);
  }

  /** Adds events to a run, in one commit; with a text, each has that as its value. @returns the position of the last one */
  async append(run: string, seen: number, count = 1, text: string | null = null): Promise<number> {
    this.#batch += 1;
    const events = Array.from({ length: count }, (_, index) =>
      text === null ? turn(seen + index) : taskDone(`t${seen + index}`, text),
    );
    await step(this.client.log, run, { batch: this.#batch, seen, events });
    return seen + count;
  }

  async finish(run: string, seen: number): Promise<void> {
    this.#batch += 1;
    await step(this.client.log, run, { batch: this.#batch, seen, events: [completed()], after: "end" });
  }

  /** Keeps rows up to date, as a server does. */
  project(): void {
    const { redis, address, namespace } = this.client.store;
    const projector = new Projector({
      redis,
      address,
      namespace,
      worker: randomUUID(),
      onTrouble: () => undefined,
    });
    projector.start();
    this.#ends.push(async () => projector.stop());
  }

  /** A server in the process of the test, with a connection of its own. */
  async serve(options: Partial<LiveOptions> = {}, access: Access = openAccess): Promise<Server> {
    const client = new Client(await openStore(this.client.store.settings));
    const presence = new RedisPresence(client.store.redis);
    const app = fastify();
    app.setErrorHandler(async (error, request, reply) => sendProblem(reply, toProblem(error, request.id)));
    const parts = {
      client,
      presence,
      access,
      basePath: "",
      capacity: async () => Promise.resolve(this.capacity),
      onRefusal: () => undefined,
      onTrouble: (error: unknown) => this.troubles.push(error),
    };
    mountLive(app, parts, { ...usualLive, ...options });
    await app.listen({ host: "127.0.0.1", port: 0 });
    this.#ends.push(async () => {
      await app.close();
      presence.close();
      await client.close();
    });
    return { app, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/` };
  }

  async listen(url: string, topics: string, options: ListenOptions = {}): Promise<LiveListener> {
    const listener = await LiveListener.open(url, topics, options);
    this.#listeners.push(listener);
    return listener;
  }

  async end(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    for (const end of this.#ends.toReversed()) await end();
    await this.client.close();
  }
}

/** 1, 2, 3, ... */
export function upTo(last: number, first = 1): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
