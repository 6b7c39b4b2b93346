import type { FastifyInstance } from "fastify";
import type { ServerParts } from "../parts.ts";
import { docsPage, docsStyle } from "./docs-page.ts";
import { openApiDocument } from "./document.ts";

/** `/api/openapi.json`, and `/api/docs`: the same for people, in one page of 100 kB without any script. */
export function mountDocs(app: FastifyInstance, { basePath, version }: ServerParts): void {
  const document = openApiDocument(version, basePath);
  const json = JSON.stringify(document);
  const page = docsPage(document, basePath);
  const hour = "max-age=3600";
  app.get(`${basePath}/api/openapi.json`, async (_, reply) =>
    reply.header("cache-control", "no-cache").type("application/json; charset=utf-8").send(json),
  );
  app.get(`${basePath}/api/docs`, async (_, reply) =>
    reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(page),
  );
  app.get(`${basePath}/api/docs.css`, async (_, reply) =>
    reply.header("cache-control", hour).type("text/css; charset=utf-8").send(docsStyle),
  );
}
