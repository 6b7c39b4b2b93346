import { z } from "zod";
import { Problem } from "../contract/common.ts";
import { ownPaths } from "../contract/own-paths.ts";
import { ownRoutes } from "../contract/own-routes.ts";
import { paths, type RoutePath } from "../contract/paths.ts";
import { routes } from "../contract/routes.ts";
import type { Shape } from "../contract/shape.ts";

type Json = Readonly<Record<string, unknown>>;

const shapes: Readonly<Record<string, Shape>> = { ...routes, ...ownRoutes };

/** The whole contract as OpenAPI 3.1, made from the same schemas that check requests. */
export function openApiDocument(version: string, basePath: string): Json {
  const operations: Record<string, Record<string, Json>> = {};
  for (const [name, at] of Object.entries<RoutePath>({ ...paths, ...ownPaths })) {
    const { method, path } = at;
    const url = path.replaceAll(/:(\w+)/g, "{$1}");
    operations[url] = { ...operations[url], [method.toLowerCase()]: toOperation(name, at, shapes[name]) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version,
      description: "Runs, their history and everything that acts on them. Instants are epoch milliseconds.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    tags: groups,
    paths: operations,
    components: { schemas: { Problem: toSchema(Problem, "output") } },
  };
}

const groups = [
  { name: "runs", description: "To look at runs." },
  { name: "commands", description: "To act on them. Each needs the header `x-millrace-request: 1`." },
  { name: "flows", description: "What can be run." },
  { name: "overview", description: "How things are." },
  { name: "log", description: "The log of all runs, and what is derived from it." },
  { name: "settings", description: "The server, and what people keep in it." },
] as const;

function toOperation(name: string, { method, role }: RoutePath, shape: Shape | undefined): Json {
  if (shape === undefined) throw new Error(`route ${name} has no schemas`);
  const problem = {
    description: "What is wrong.",
    content: { "application/problem+json": { schema: problemRef } },
  };
  const answer = { "application/json": { schema: toSchema(shape.answer, "output") } };
  return {
    operationId: name,
    summary: shape.about,
    tags: [shape.group],
    description: role === null ? "Needs no role." : `Needs the role ${role}.`,
    parameters: [
      ...toParameters(shape.params, "path"),
      ...toParameters(shape.query, "query"),
      ...(method === "GET" ? [] : commandHeaders),
    ],
    ...(shape.body === null
      ? {}
      : { requestBody: { content: { "application/json": { schema: toSchema(shape.body, "input") } } } }),
    responses: { [shape.status]: { description: "Done.", content: answer }, default: problem },
  };
}

const problemRef = { $ref: "#/components/schemas/Problem" } as const;

const commandHeaders: readonly Json[] = [
  {
    name: "x-millrace-request",
    in: "header",
    required: true,
    description: "Says that no page of another site has sent it.",
    schema: { const: "1" },
  },
  {
    name: "idempotency-key",
    in: "header",
    required: false,
    description: "The same key is carried out once, for a day.",
    schema: { type: "string", maxLength: 200 },
  },
];

function toParameters(schema: z.ZodObject, where: "path" | "query"): readonly Json[] {
  const { properties = {}, required = [] } = toSchema(schema, "input") as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...field }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: field,
  }));
}

function toSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
}
