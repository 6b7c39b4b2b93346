import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { admit } from "../access/admit.ts";
import type { Answerer, Answerers, Ask } from "../ask.ts";
import { paths, type RouteName, routeNames } from "../contract/paths.ts";
import { routes } from "../contract/routes.ts";
import type { Shape } from "../contract/shape.ts";
import type { ServerParts } from "../parts.ts";
import { checkRequest } from "./check-request.ts";
import { answerOnce } from "./idempotency.ts";
import { reachPosition } from "./min-position.ts";

/** Every route of the contract. */
export function mountRoutes(app: FastifyInstance, parts: ServerParts, answerers: Answerers): void {
  for (const name of routeNames) {
    const { method, path } = paths[name];
    app.route({
      method,
      url: `${parts.basePath}${path}`,
      handler: async (request, reply) => answer({ name, parts, answerers, request, reply }),
    });
  }
}

interface Asked {
  readonly name: RouteName;
  readonly parts: ServerParts;
  readonly answerers: Answerers;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function answer({ name, parts, answerers, request, reply }: Asked): Promise<FastifyReply> {
  const who = await admit(parts, request, paths[name].role);
  const shape: Shape = routes[name];
  const params = checkRequest(shape.params, request.params, "path");
  const query = checkRequest(shape.query, request.query, "query");
  const body = shape.body === null ? undefined : checkRequest(shape.body, request.body ?? undefined, "body");
  const client = who === null ? parts.client : parts.client.as(`${parts.client.actor} by ${who.actor}`);
  // The schemas of a route and its answerer belong to one name; TypeScript cannot follow that through a list of names.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const ask = { params, query, body, who, client, parts } as unknown as Ask<RouteName>;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const answerer = answerers[name] as unknown as Answerer<RouteName>;
  const isQuery = request.method === "GET";
  const given = await parts.presence.whileThere(async () => {
    if (isQuery) await reachPosition(parts, params, query);
    const work = async (): Promise<string> => JSON.stringify(await answerer(ask));
    if (isQuery) return { status: shape.status, text: await work(), isRepeated: false };
    const keyed = { request, who, body };
    return answerOnce(parts.store, keyed, async () => ({ status: shape.status, text: await work() }));
  });
  if (given.isRepeated) reply.header("idempotency-replayed", "true");
  return reply
    .code(given.status)
    .header("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .send(given.text);
}
