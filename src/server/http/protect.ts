import type { FastifyInstance, FastifyRequest } from "fastify";
import { EngineError } from "../../base/errors.ts";
import type { Access } from "../access/access.ts";
import { type Refusal, tellRefusal } from "../access/admit.ts";
import { isLoopback } from "../bind.ts";

/** Scripts, styles and requests of this server only; styles of components stand in the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
} as const;

export interface Guarded {
  readonly host: string; // that the server is bound to
  readonly access: Access;
  readonly onRefusal: (refusal: Refusal) => void;
}

/**
 * Keeps pages of other sites out: no CORS headers at all; on loopback only the names of this machine, so that no foreign
 * name that points here is served (DNS rebinding); what changes something must come from our own page or say so.
 */
export function protect(app: FastifyInstance, { host, access, onRefusal }: Guarded): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    try {
      checkHost(request, host);
      if (request.method !== "GET" && request.method !== "HEAD") checkOrigin(request, access);
    } catch (error) {
      tellRefusal(onRefusal, request, { actor: null, error });
      throw error;
    }
    return Promise.resolve();
  });
}

const healthPaths: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics"]);

function checkHost(request: FastifyRequest, host: string): void {
  if (!isLoopback(host) || healthPaths.has(request.url.split("?")[0] ?? "")) return;
  const name = hostnameOf(request.headers.host ?? "");
  if (name === host || isLoopback(name)) return;
  throw refused(`This server is called ${host} or localhost, and not ${JSON.stringify(name)}.`);
}

/** Without the port; an IPv6 address without its brackets. */
function hostnameOf(header: string): string {
  const [, ipv6, name = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(header.toLowerCase()) ?? [];
  return ipv6 ?? name;
}

function checkOrigin(request: FastifyRequest, access: Access): void {
  const { origin, host, "sec-fetch-site": site, "x-millrace-request": sign } = request.headers;
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw refused("It comes from a page of another site.");
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host))
    throw refused(`It comes from a page of ${origin}.`);
  if (sign !== undefined || access.isExplicit(request.headers)) return;
  throw refused('Commands need the header "x-millrace-request: 1", which no form of another site can send.');
}

function refused(why: string): EngineError {
  return new EngineError("REQUEST_REFUSED", `The request is refused. ${why}`);
}
