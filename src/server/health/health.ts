import type { FastifyInstance } from "fastify";
import { readLag } from "../../redis/read-view.ts";
import { viewOf } from "../../workers/run-list.ts";
import type { ServerParts } from "../parts.ts";

const patienceMs = 1_000;
const lagLimitMs = 30_000; // lists that are further behind would mislead

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

/** `/livez`, `/readyz` and `/metrics`, for machines: no role, exact paths. */
export function mountHealth(app: FastifyInstance, parts: ServerParts): void {
  const quiet = { "cache-control": "no-store" };
  app.get("/livez", async (_, reply) => reply.headers(quiet).type("text/plain").send("ok\n"));
  app.get("/readyz", async (request, reply) => {
    const checks = await check(parts);
    const isReady = checks.every(({ ok }) => ok);
    const isVerbose = request.url.includes("?verbose");
    const lines = checks.map(({ name, ok, text }) => `${ok ? "ok" : "not ok"}: ${name}: ${text}`);
    const text = isVerbose || !isReady ? lines.join("\n") : "ok";
    return reply
      .code(isReady ? 200 : 503)
      .headers(quiet)
      .type("text/plain")
      .send(`${text}\n`);
  });
  app.get("/metrics", async (request, reply) => {
    await parts.exporter.refresh();
    const { contentType, body } = await parts.exporter.expose(request.headers.accept ?? null);
    return reply.headers(quiet).header("content-type", contentType).send(body);
  });
}

async function check(parts: ServerParts): Promise<readonly Check[]> {
  const stopping = parts.isStopping();
  const server = {
    name: "server",
    ok: !stopping,
    text: stopping ? "it is being stopped" : "it takes requests",
  };
  return [server, ...(await checkRedis(parts))];
}

async function checkRedis(parts: ServerParts): Promise<readonly Check[]> {
  const { redis, namespace, signature } = viewOf(parts.client);
  const lag = await inTime(readLag(redis, namespace, signature));
  if (lag === null) return [{ name: "redis", ok: false, text: `no answer within ${patienceMs} ms` }];
  const { entries, ms } = lag;
  const text = entries === 0 ? "up to date" : `${entries} commits, ${ms} ms behind the log`;
  return [
    { name: "redis", ok: true, text: "it answers" },
    { name: "projections", ok: ms <= lagLimitMs, text },
  ];
}

/** null = it failed, or took too long. */
async function inTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  try {
    return await Promise.race([work.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
