import type { RoutePath } from "./paths.ts";

/** Routes that answer in a way of their own: as streams, with cookies, with secrets that are kept nowhere. */
export const ownPaths = {
  live: { method: "GET", path: "/api/live", role: "viewer" },
  poll: { method: "GET", path: "/api/live/poll", role: "viewer" },
  session: { method: "GET", path: "/api/session", role: null },
  signIn: { method: "POST", path: "/api/session", role: null },
  signOut: { method: "DELETE", path: "/api/session", role: null },
  keys: { method: "GET", path: "/api/keys", role: "admin" },
  createKey: { method: "POST", path: "/api/keys", role: "admin" },
  revokeKey: { method: "DELETE", path: "/api/keys/:id", role: "admin" },
} as const satisfies Readonly<Record<string, RoutePath>>;

export type OwnRouteName = keyof typeof ownPaths;
