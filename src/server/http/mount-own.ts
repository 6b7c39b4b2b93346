import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Who } from "../access/access.ts";
import { type Admission, admit } from "../access/admit.ts";
import { type OwnRouteName, ownPaths } from "../contract/own-paths.ts";
import { type OwnRoutes, ownRoutes } from "../contract/own-routes.ts";
import type { Shape } from "../contract/shape.ts";
import { checkRequest } from "./check-request.ts";

type BodyOf<Body> = Body extends z.ZodType ? z.output<Body> : undefined;

/** A request of a route that answers in its own way. */
export interface OwnAsk<Name extends OwnRouteName> {
  readonly params: z.output<OwnRoutes[Name]["params"]>;
  readonly query: z.output<OwnRoutes[Name]["query"]>;
  readonly body: BodyOf<OwnRoutes[Name]["body"]>;
  readonly who: Who | null; // null = nobody
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Gives what is sent as JSON; null = it has taken the reply over. */
type OwnAnswerer<Name extends OwnRouteName> = (
  ask: OwnAsk<Name>,
) => Promise<z.output<OwnRoutes[Name]["answer"]> | null>;

/** One route of `ownPaths`, with the same checks as every other. */
export function mountOwn<Name extends OwnRouteName>(
  app: FastifyInstance,
  parts: Admission & { readonly basePath: string },
  name: Name,
  answerer: OwnAnswerer<Name>,
): void {
  const { method, path, role } = ownPaths[name];
  const shape: Shape = ownRoutes[name];
  app.route({
    method,
    url: `${parts.basePath}${path}`,
    exposeHeadRoute: false, // nobody asks for the head of a stream
    handler: async (request, reply) => {
      const who = await admit(parts, request, role);
      const params = checkRequest(shape.params, request.params, "path");
      const query = checkRequest(shape.query, request.query, "query");
      const body =
        shape.body === null ? undefined : checkRequest(shape.body, request.body ?? undefined, "body");
      // The schemas of a route and its answerer belong to one name, which TypeScript does not follow through `Shape`.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      const answer = await answerer({ params, query, body, who, request, reply } as unknown as OwnAsk<Name>);
      if (answer === null) return reply;
      return reply
        .code(shape.status)
        .header("cache-control", "no-store")
        .type("application/json; charset=utf-8")
        .send(JSON.stringify(answer));
    },
  });
}
