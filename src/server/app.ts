import { randomUUID } from "node:crypto";
import fastify, { type FastifyInstance } from "fastify";
import { EngineError } from "../base/errors.ts";
import { mountAccess } from "./access/mount-access.ts";
import { answerers } from "./answerers.ts";
import { mountHealth } from "./health/health.ts";
import { mountRoutes } from "./http/mount.ts";
import { isFault, sendProblem, toProblem } from "./http/problem.ts";
import { protect } from "./http/protect.ts";
import { mountLive } from "./live/mount-live.ts";
import { mountDocs } from "./openapi/docs.ts";
import type { ServerParts } from "./parts.ts";
import { mountWeb } from "./web/mount-web.ts";

const roomForEnvelope = 1024 * 1024; // what a request holds besides the value that it carries

/** Everything that a server answers; binds no port yet. */
export function createApp(parts: ServerParts): FastifyInstance {
  const app = fastify({
    bodyLimit: parts.store.settings.payloadLimitBytes + roomForEnvelope,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    requestTimeout: 60_000,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 500 },
    exposeHeadRoutes: true,
  });
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    return Promise.resolve();
  });
  protect(app, parts);
  app.setErrorHandler(async (error, request, reply) => {
    if (isFault(error)) parts.onTrouble(error);
    await sendProblem(reply, toProblem(error, request.id));
  });
  mountRoutes(app, parts, answerers);
  mountAccess(app, parts);
  mountLive(app, { ...parts, capacity: async () => readCapacity(parts) });
  mountDocs(app, parts);
  mountHealth(app, parts);
  mountWeb(app, parts);
  app.setNotFoundHandler(async (request, reply) => {
    const error = new EngineError(
      "ROUTE_UNKNOWN",
      `There is nothing at ${request.method} ${request.url.slice(0, 200)}. What there is: ${parts.basePath}/api/docs`,
    );
    await sendProblem(reply, toProblem(error, request.id));
  });
  return app;
}

/** As everybody may see it: the same for all who listen. */
async function readCapacity(parts: ServerParts): Promise<unknown> {
  return answerers.capacity({
    params: {},
    query: {},
    body: undefined,
    who: null,
    client: parts.client,
    parts,
  });
}
