import { z } from "zod";
import { ownPaths } from "../src/server/contract/own-paths.ts";
import { ownRoutes } from "../src/server/contract/own-routes.ts";
import { paths, type RoutePath } from "../src/server/contract/paths.ts";
import { routes } from "../src/server/contract/routes.ts";
import type { Shape } from "../src/server/contract/shape.ts";
import { openApiDocument } from "../src/server/openapi/document.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
}

interface Operation {
  readonly parameters: readonly Parameter[];
}

const groups: readonly (readonly [Shape["group"], string])[] = [
  ["runs", "To look at runs"],
  ["commands", "To act on runs"],
  ["flows", "Flows"],
  ["overview", "How things are"],
  ["log", "The log of all runs, and what is derived from it"],
  ["settings", "The server, and what people keep in it"],
];

const shapes: Readonly<Record<string, Shape>> = { ...routes, ...ownRoutes };

/** The REST reference: every route of the OpenAPI document. */
export function restPage(made: string): string {
  const document = openApiDocument("", "");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made in the line above
  const operations = document["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const sections = groups.flatMap(([group, title]) => [
    "",
    `## ${title}`,
    ...Object.entries<RoutePath>({ ...paths, ...ownPaths })
      .filter(([name]) => shapes[name]?.group === group)
      .flatMap(([name, { method, path, role }]) => {
        const shape = shapes[name];
        if (shape === undefined) return [];
        const url = path.replaceAll(/:(\w+)/g, "{$1}");
        const { parameters = [] } = operations[url]?.[method.toLowerCase()] ?? {};
        return [
          "",
          `### ${method} ${url}`,
          "",
          `${shape.about} Role: ${role ?? "none"}. Answers ${shape.status} with ${fieldsOf(shape.answer)}.`,
          ...bodyOf(shape),
          ...tableOf(parameters.filter((field) => field.in === "query")),
        ];
      }),
  ]);
  return `${[...introOf(made), ...sections].join("\n")}\n`;
}

function introOf(made: string): readonly string[] {
  return [
    "# REST API",
    "",
    made,
    "",
    "Served by [`millrace server`](../how-to/run-the-server.md) below its address. The whole contract, with every schema, is at",
    "`/api/openapi.json` (OpenAPI 3.1), and for people at `/api/docs`. Instants are epoch milliseconds; `{run}` is an id, the beginning of",
    "an id, or a name.",
    "",
    "- **Commands** (everything but GET) need the header `x-millrace-request: 1`. With an `idempotency-key` of your own a command is carried",
    "  out once for a day, however often it is sent; the later answers have `idempotency-replayed: true`.",
    "- **Read your writes**: a command answers with the `position` of its run; `?min_position=N` lets a query wait up to 2 s until lists know it, and",
    "  answers 409 `POSITION_NOT_REACHED` if they do not.",
    "- **Pages**: `next` is the `cursor` of the next page; null = there is none. Pages fit together while runs are created.",
    "- **Errors** are `application/problem+json` with `code` as in [errors](errors.md), `instance` (the id of the request, also in `x-request-id`), and",
    "  `errors` by field where there are some.",
  ];
}

function bodyOf({ body }: Shape): readonly string[] {
  return body === null ? [] : ["", `Body: ${fieldsOf(body)}.`];
}

interface Json {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: Json;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
}

function fieldsOf(schema: z.ZodType): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON Schema, of which Json names the parts used here
  return describe(z.toJSONSchema(schema, { unrepresentable: "any" }) as Json);
}

function describe({ properties, items, anyOf, oneOf }: Json): string {
  if (items !== undefined) return `a list of ${describe(items)}`;
  const either = anyOf ?? oneOf;
  if (either !== undefined) return either.map(describe).join(", or ");
  if (properties === undefined) return "a value";
  const names = Object.keys(properties).map((name) => `\`${name}\``);
  return `{ ${names.join(", ")} }`;
}

function tableOf(parameters: readonly Parameter[]): readonly string[] {
  if (parameters.length === 0) return [];
  const rows = parameters.map(({ name, required, schema }) => {
    const text = JSON.stringify(schema).replaceAll("|", "\\|");
    return `| \`${name}\`${required ? " (required)" : ""} | \`${text}\` |`;
  });
  return ["", "| in the query | |", "| --- | --- |", ...rows];
}
