import type { IncomingHttpHeaders } from "node:http";
import { EngineError } from "../../base/errors.ts";
import type { Role } from "../contract/paths.ts";

/** Who asks: the name stands in every event that a command records. */
export interface Who {
  readonly actor: string; // "user:ada", "key:deploy"
  readonly role: Role;
}

/** A request, as far as it says who asks. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
}

/** How people and programs say who they are. */
export interface Access {
  readonly mode: "none" | "basic" | "keys";
  /** Whether a request that brings this proof cannot come from a page of another site; then it needs no header of ours. */
  isExplicit(headers: IncomingHttpHeaders): boolean;
  /**
   * null = nobody; the routes that need no role answer all the same.
   * @throws EngineError NOT_AUTHENTICATED for a proof that is wrong, TOO_MANY_REQUESTS
   */
  identify(asking: Asking): Promise<Who | null>;
}

/** Everybody who reaches this machine's loopback is its user. */
export const openAccess: Access = {
  mode: "none",
  isExplicit: () => false,
  identify: async () => Promise.resolve({ actor: "user:local", role: "admin" }),
};

const ranks: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

export function isAllowed(who: Who | null, role: Role): boolean {
  return who !== null && ranks[who.role] >= ranks[role];
}

/** @throws EngineError NOT_AUTHENTICATED, NOT_AUTHORISED */
export function demand(who: Who | null, role: Role | null): void {
  if (role === null) return;
  if (who === null)
    throw new EngineError("NOT_AUTHENTICATED", "Say who you are: sign in, or send an API key.", { role });
  if (!isAllowed(who, role))
    throw new EngineError(
      "NOT_AUTHORISED",
      `This needs the role ${role}, and ${who.actor} has the role ${who.role}.`,
      { role, actor: who.actor },
    );
}
