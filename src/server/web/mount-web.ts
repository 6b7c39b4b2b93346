import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ServerParts } from "../parts.ts";
import { toScriptJson } from "./escape-html.ts";
import { noWebPage } from "./no-web-page.ts";
import { chooseBody, readWebFiles, type WebFile } from "./web-files.ts";

/**
 * The user interface: files with a hash in their names are kept for ever, the page itself is asked for each time and
 * stands for every address that is not a file. Its settings come in one JSON element, so that it lies below any path.
 */
export function mountWeb(app: FastifyInstance, parts: ServerParts): void {
  const { basePath, webRoot } = parts;
  const files = webRoot === null ? new Map<string, WebFile>() : readWebFiles(webRoot);
  const page = files.get("/index.html")?.bodies.identity?.toString() ?? noWebPage();
  const html = withSettings(page, parts);
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const path = (request.url.split("?")[0] ?? "").slice(basePath.length);
    if (path.startsWith("/api/")) return nothing(reply);
    const file = path === "/index.html" ? undefined : files.get(path);
    if (file !== undefined) return sendFile(request, reply, file);
    if (/\.[a-z\d]{1,5}$/i.test(path) && path.startsWith("/assets/")) return nothing(reply);
    return reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(html);
  };
  if (basePath !== "") {
    app.get("/", async (_, reply) => reply.redirect(`${basePath}/`));
    app.get(basePath, async (_, reply) => reply.redirect(`${basePath}/`));
  }
  app.get(`${basePath}/*`, handler);
}

function nothing(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: WebFile): Promise<FastifyReply> {
  const [encoding, body] = chooseBody(file, request.headers["accept-encoding"] ?? "");
  if (encoding !== "identity") reply.header("content-encoding", encoding);
  return reply
    .header("vary", "accept-encoding")
    .header("cache-control", file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache")
    .type(file.type)
    .send(body);
}

/** Relative addresses of the page begin below the base path, whatever screen it shows. */
function withSettings(page: string, { basePath, version }: ServerParts): string {
  const settings = `<script id="millrace-config" type="application/json">${toScriptJson({ basePath, version })}</script>`;
  const addresses = page.replaceAll(/(src|href)="\/(?!\/)/g, `$1="${basePath}/`);
  return addresses.replace("</head>", `${settings}</head>`);
}
