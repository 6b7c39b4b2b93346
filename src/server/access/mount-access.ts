import type { FastifyInstance } from "fastify";
import { EngineError } from "../../base/errors.ts";
import { mountOwn } from "../http/mount-own.ts";
import type { Access } from "./access.ts";
import type { Admission } from "./admit.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import type { Keyring } from "./keyring.ts";
import { type CookieOptions, isSecure, writeCookie } from "./proofs.ts";

export interface AccessParts extends Admission {
  readonly keyring: Keyring;
  readonly basePath: string;
}

/** `/api/session` and `/api/keys`: who asks, who may ask. */
export function mountAccess(app: FastifyInstance, parts: AccessParts): void {
  const { access, keyring } = parts;
  const cookie = (headers: Parameters<typeof isSecure>[0], maxAgeMs: number): CookieOptions => ({
    path: parts.basePath === "" ? "/" : parts.basePath,
    isSecure: isSecure(headers),
    maxAgeMs,
  });
  mountOwn(app, parts, "session", async ({ who }) =>
    Promise.resolve({
      mode: access.mode,
      ways: waysOf(access),
      actor: who?.actor ?? null,
      role: who?.role ?? null,
    }),
  );
  mountOwn(app, parts, "signIn", async ({ body, request, reply }) => {
    const { who, cookie: value, expiresAt } = await gatekeeperOf(access).signIn(body, request.ip);
    const options = cookie(request.headers, expiresAt - Date.now());
    reply.header("set-cookie", writeCookie(gatekeeperOf(access).cookieName, value, options));
    return { ...who, expiresAt };
  });
  mountOwn(app, parts, "signOut", async ({ request, reply }) => {
    if (!(access instanceof Gatekeeper)) return { ok: true };
    await access.signOut(request.headers);
    reply.header("set-cookie", writeCookie(access.cookieName, "", cookie(request.headers, 0)));
    return { ok: true };
  });
  mountOwn(app, parts, "keys", async () => keyring.list());
  mountOwn(app, parts, "createKey", async ({ body, who }) => {
    const { name, role, expiresAt = null } = body;
    return keyring.create({ name, role, expiresAt, by: who?.actor ?? "" });
  });
  mountOwn(app, parts, "revokeKey", async ({ params }) => ({ removed: await keyring.revoke(params.id) }));
}

function waysOf({ mode }: Access): ("password" | "key")[] {
  if (mode === "none") return [];
  return mode === "basic" ? ["password", "key"] : ["key"];
}

function gatekeeperOf(access: Access): Gatekeeper {
  if (access instanceof Gatekeeper) return access;
  throw new EngineError("REQUEST_REFUSED", "Nobody has to sign in here: this server has no authentication.");
}
