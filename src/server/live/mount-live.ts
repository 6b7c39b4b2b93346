import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { EngineError } from "../../base/errors.ts";
import type { Client } from "../../workers/client.ts";
import { systemClock } from "../../workers/clock.ts";
import { isAllowed } from "../access/access.ts";
import type { Admission } from "../access/admit.ts";
import { mountOwn } from "../http/mount-own.ts";
import { type CursorHome, readCursor } from "./cursor.ts";
import { type Begin, LiveHub } from "./live-hub.ts";
import { NewsReader, readFeedPart } from "./news-reader.ts";
import { pollFrame } from "./poll-frame.ts";
import { readFolded, readRows, redisReads } from "./redis-reads.ts";
import { SseOutlet } from "./sse-outlet.ts";
import { type Stream, Streams } from "./streams.ts";
import type { Bounds } from "./subscription.ts";
import { readTopics } from "./topics.ts";

export interface LiveParts extends Admission {
  readonly client: Client;
  readonly basePath: string;
  readonly capacity: () => Promise<unknown>;
  readonly onTrouble: (error: unknown) => void;
}

export interface LiveOptions {
  readonly beatMs: number; // from one sign of life to the next
  readonly deafMs: number; // who takes nothing for so long is gone
  readonly patienceMs?: number; // see `LiveClient`
  readonly bounds?: Bounds;
}

export const usualLive: LiveOptions = { beatMs: 15_000, deafMs: 60_000 };

const mostListeners = 1_000;
const retryMs = 1_000; // when a server ends without a word

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
} as const;

/** `/api/live` and `/api/live/poll`: what happens, as it happens. */
export function mountLive(app: FastifyInstance, parts: LiveParts, options: LiveOptions = usualLive): void {
  const hub = createHub(parts, options);
  const streams = new Streams({ hub, clock: systemClock, deafMs: options.deafMs });
  const home = homeOf(parts);
  const beating = setInterval(() => void streams.beat(), options.beatMs);
  beating.unref();
  app.addHook("preClose", async () => {
    clearInterval(beating);
    await streams.stop();
  });
  mountOwn(app, parts, "live", async ({ query, request, reply }) => {
    refuseCrowd(hub);
    const resumed = request.headers["last-event-id"];
    const begin =
      typeof resumed === "string" && resumed !== ""
        ? toBegin(home, query.topics, { cursor: resumed, runs: "cursor" })
        : toBegin(home, query.topics, { cursor: query.since ?? null, runs: "topics" });
    await openStream({ parts, hub, streams, begin, request, reply });
    return null;
  });
  mountOwn(app, parts, "poll", async ({ query, request }) => {
    refuseCrowd(hub);
    const { since = null } = query;
    const begin = toBegin(home, query.topics, { cursor: since, runs: "cursor" });
    const gone = new AbortController();
    request.raw.on("close", () => gone.abort());
    const waitMs = since === null ? 0 : query.wait;
    return parts.presence.whileThere(async () => pollFrame(hub, begin, { waitMs, signal: gone.signal }));
  });
}

function createHub({ client, capacity, onTrouble }: LiveParts, { bounds, patienceMs }: LiveOptions): LiveHub {
  const { redis, namespace, address } = client.store;
  return new LiveHub({
    home: homeOf({ client }),
    openNews: (ears) => new NewsReader({ redis, namespace, address, onTrouble, ...ears }),
    reads: redisReads(client),
    rows: async (runs) => readRows(client, runs),
    feed: async (shard, after) => readFeedPart({ redis, namespace }, shard, after),
    folded: async (shard) => readFolded(client, shard),
    capacity,
    clock: systemClock,
    onTrouble,
    ...(bounds === undefined ? {} : { bounds }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

function homeOf({ client }: Pick<LiveParts, "client">): CursorHome {
  return client.store.namespace;
}

interface Resumption {
  readonly cursor: string | null; // null = from now on
  readonly runs: "cursor" | "topics"; // which of them knows where runs go on
}

function toBegin(home: CursorHome, topics: string, { cursor: text, runs }: Resumption): Begin {
  const cursor = text === null ? null : readCursor(home, text);
  return {
    topics: readTopics(topics),
    cursor: cursor === null || runs === "cursor" ? cursor : { ...cursor, runs: new Map() },
    isDamaged: text !== null && cursor === null,
  };
}

function refuseCrowd(hub: LiveHub): void {
  if (hub.size < mostListeners) return;
  throw new EngineError(
    "TOO_MANY_REQUESTS",
    `${mostListeners} listen to this server already. Try again later.`,
  );
}

interface Opening {
  readonly parts: LiveParts;
  readonly hub: LiveHub;
  readonly streams: Streams;
  readonly begin: Begin;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function openStream({ parts, hub, streams, begin, request, reply }: Opening): Promise<void> {
  const response = reply.raw;
  const outlet = new SseOutlet(response, { now: () => systemClock.now(), onFree: () => hub.wake() });
  const client = await parts.presence.whileThere(async () => hub.join(begin, outlet));
  const stream: Stream = {
    outlet,
    client,
    isAllowed: async () =>
      isAllowed(await parts.presence.whileThere(async () => parts.access.identify(request)), "viewer"),
  };
  reply.hijack();
  streams.add(stream);
  response.on("close", () => streams.remove(stream));
  if (response.destroyed) {
    streams.remove(stream);
    return;
  }
  writeHead(response, reply.getHeaders());
  outlet.open({ id: client.cursor(), event: "batch", data: "[]" });
}

function writeHead(response: ServerResponse, headers: IncomingHttpHeaders | object): void {
  response.writeHead(200, { ...headers, ...streamHeaders });
  response.write(`retry: ${retryMs}\n\n`);
}
