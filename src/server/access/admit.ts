import { type ErrorCode, isEngineError } from "../../base/errors.ts";
import type { RedisPresence } from "../../redis/presence.ts";
import type { Role } from "../contract/paths.ts";
import { type Access, type Asking, demand, type Who } from "./access.ts";

/** A command that somebody was not allowed to give. */
export interface Refusal {
  readonly actor: string | null; // null = nobody has signed in
  readonly ip: string;
  readonly method: string;
  readonly path: string; // without what stands behind the question mark
  readonly code: ErrorCode;
}

export interface Admission {
  readonly presence: RedisPresence;
  readonly access: Access;
  readonly onRefusal: (refusal: Refusal) => void;
}

export interface AskedFor {
  readonly ip: string;
  readonly method: string;
  readonly url: string;
}

/**
 * Who asks, if they may.
 * @throws EngineError NOT_AUTHENTICATED, NOT_AUTHORISED, TOO_MANY_REQUESTS, REDIS_UNAVAILABLE
 */
export async function admit(
  { presence, access, onRefusal }: Admission,
  request: Asking & AskedFor,
  role: Role | null,
): Promise<Who | null> {
  let who: Who | null = null;
  try {
    who = await presence.whileThere(async () => access.identify(request));
    demand(who, role);
    return who;
  } catch (error) {
    tellRefusal(onRefusal, request, { actor: who?.actor ?? null, error });
    throw error;
  }
}

/** Tells of a command that is not carried out because of who gives it; questions change nothing, and are not told of. */
export function tellRefusal(
  onRefusal: (refusal: Refusal) => void,
  { method, url, ip }: AskedFor,
  { actor, error }: { readonly actor: string | null; readonly error: unknown },
): void {
  if (method === "GET" || method === "HEAD" || !isEngineError(error) || !refusing.has(error.code)) return;
  onRefusal({ actor, ip, method, path: (url.split("?")[0] ?? "").slice(0, 300), code: error.code });
}

const refusing: ReadonlySet<ErrorCode> = new Set([
  "NOT_AUTHENTICATED",
  "NOT_AUTHORISED",
  "REQUEST_REFUSED",
  "TOO_MANY_REQUESTS",
]);
