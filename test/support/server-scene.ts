import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { publishFlows } from "../../src/redis/flow-cards.ts";
import { fillPath, paths, type RouteName } from "../../src/server/contract/paths.ts";
import {
  type AnswerOf,
  type BodyOf,
  type ParamsOf,
  type QueryOf,
  routes,
} from "../../src/server/contract/routes.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/server/start-server.ts";
import { toFlowCards } from "../../src/workers/flow-cards.ts";
import { catchUp } from "../../src/workers/projections.ts";
import { WorkerScene } from "./worker-scene.ts";

const usual: ServerOptions = {
  host: "127.0.0.1",
  port: 0,
  basePath: "",
  projects: true,
  grafana: null,
  trace: null,
};

/** What is sent with a request, beside the path. */
export interface Sent<Name extends RouteName> {
  readonly params?: ParamsOf<Name>;
  readonly query?: QueryOf<Name>;
  readonly body?: BodyOf<Name>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server sends; each test looks at its own part
  readonly json: any;
}

/** A server in the process of the test, on a namespace with workers of its own. */
export class ServerScene {
  readonly work: WorkerScene;
  readonly server: RunningServer;

  private constructor(work: WorkerScene, server: RunningServer) {
    this.work = work;
    this.server = server;
  }

  static async open(options: Partial<ServerOptions> = {}): Promise<ServerScene> {
    const work = await WorkerScene.open();
    const server = await startServer({ ...usual, ...options }, work.client.store.settings);
    return new ServerScene(work, server);
  }

  /** Starts a worker, and says what it serves as the command does. */
  async serve(flows: readonly string[]): Promise<void> {
    const { redis, namespace } = this.work.client.store;
    await publishFlows(redis, namespace.name, toFlowCards(flows, new Map([["orders", "orders.ts"]])));
    await this.work.worker(flows);
  }

  /** Asks without any check. */
  async send(path: string, init: RequestInit = {}): Promise<Got> {
    const response = await fetch(new URL(path, this.server.url), { redirect: "manual", ...init });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
  }

  async ask<Name extends RouteName>(name: Name, sent: Sent<Name> = {}): Promise<Got> {
    const { method, path } = paths[name];
    const { params, query, body, headers = {} } = sent;
    const search = new URLSearchParams(textsOf(query));
    const hasBody = body !== undefined;
    return this.send(`${fillPath(path, textsOf(params)).slice(1)}?${search.toString()}`, {
      method,
      headers: {
        ...(method === "GET" ? {} : { "x-millrace-request": "1" }),
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(hasBody ? { body: JSON.stringify(body) } : {}),
    });
  }

  /** The answer as the contract has it: it fits the schema, and nothing is in it that the schema does not name. */
  async get<Name extends RouteName>(name: Name, sent: Sent<Name> = {}): Promise<AnswerOf<Name>> {
    const got = await this.ask(name, sent);
    const { status, answer } = routes[name];
    if (got.status !== status) throw new Error(`${name}: ${got.status} ${JSON.stringify(got.json)}`);
    const schema: z.ZodType = answer;
    const parsed = schema.parse(got.json);
    if (JSON.stringify(sorted(parsed)) !== JSON.stringify(sorted(got.json)))
      throw new Error(`${name} answers more than its schema says: ${JSON.stringify(got.json)}`);
    return parsed as AnswerOf<Name>;
  }

  /** Everything that happened so far is in the lists. */
  async settled(): Promise<void> {
    await catchUp(this.work.client.store);
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.work.end();
  }
}

function textsOf(record: object | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([name, value]) => [name, String(value)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}

export const newKey = (): string => randomUUID();
