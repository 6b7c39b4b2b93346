import { z } from "zod";
import { escapeHtml } from "../web/escape-html.ts";

const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.string(),
      required: z.boolean(),
      description: z.string().optional(),
      schema: z.unknown(),
    }),
  ),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.unknown()),
});
type Operation = z.output<typeof Operation>;

const Document = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The OpenAPI document as a page: it needs no script, and asks nobody for anything. */
export function docsPage(openApi: unknown, basePath: string): string {
  const { info, tags, paths } = Document.parse(openApi);
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => ({ method, path, operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const own = entries.filter(({ operation }) => operation.tags.includes(name));
    return `<section><h2 id="${name}">${escapeHtml(name)}</h2><p>${code(description)}</p>${own.map(toArticle).join("")}</section>`;
  });
  const index = tags.map(({ name }) => `<a href="#${name}">${escapeHtml(name)}</a>`).join(" ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)} API</title><link rel="stylesheet" href="${basePath}/api/docs.css"></head>
<body><header><h1>${escapeHtml(info.title)} API ${escapeHtml(info.version)}</h1><p>${escapeHtml(info.description)}
The same for programs: <a href="${basePath}/api/openapi.json">openapi.json</a>.</p><nav aria-label="Groups">${index}</nav></header>
<main>${sections.join("\n")}</main></body></html>
`;
}

function toArticle({ method, path, operation }: Entry): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const rows = parameters.map(
    (field) =>
      `<tr><td><code>${escapeHtml(field.name)}</code></td><td>${field.in}${field.required ? ", required" : ""}</td>` +
      `<td><code>${escapeHtml(JSON.stringify(field.schema))}</code> ${code(field.description ?? "")}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? ""
      : `<table><thead><tr><th>name</th><th>where</th><th>what</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  const body = requestBody === undefined ? "" : details("Body", requestBody);
  const answers = details("Answer", responses);
  return `<article id="${operationId}"><h3><span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(summary)} ${escapeHtml(description)}</p>${table}${body}${answers}</article>`;
}

function details(title: string, value: unknown): string {
  return `<details><summary>${title}</summary><pre tabindex="0">${escapeHtml(JSON.stringify(value, null, 2))}</pre></details>`;
}

/** Words between backticks are code. */
function code(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]*)`/g, "<code>$1</code>");
}

export const docsStyle = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
nav a{margin-right:1rem}
article{border-top:1px solid #8886;padding:.5rem 0}
.method{font-weight:700;display:inline-block;min-width:4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}
code,pre{font-family:ui-monospace,monospace;font-size:.875em;overflow-wrap:anywhere}
pre{overflow:auto;max-height:30rem}
summary{cursor:pointer;padding:.3rem 0}
`;
