/** Who may ask: each role may what those before it may. null = everybody, without a session. */
export type Role = "viewer" | "operator" | "admin";

export interface RoutePath {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string; // `:name` stands for a part of the path
  readonly role: Role | null;
}

const get = (path: string): RoutePath => ({ method: "GET", path, role: "viewer" });
const act = (path: string): RoutePath => ({ method: "POST", path, role: "operator" });
const admin = (method: RoutePath["method"], path: string): RoutePath => ({ method, path, role: "admin" });

/** Every route by name. Needs no schema: the browser asks by these, with types from `routes.ts`. */
export const paths = {
  info: { method: "GET", path: "/api/info", role: null },
  runs: get("/api/runs"),
  histogram: get("/api/runs/histogram"),
  run: get("/api/runs/:run"),
  events: get("/api/runs/:run/events"),
  state: get("/api/runs/:run/state"),
  values: get("/api/runs/:run/values/:position"),
  logs: get("/api/runs/:run/logs"),
  children: get("/api/runs/:run/children"),
  compare: get("/api/compare"),
  start: act("/api/runs"),
  cancel: act("/api/runs/:run/cancel"),
  retry: act("/api/runs/:run/retry"),
  fork: act("/api/runs/:run/fork"),
  signal: act("/api/runs/:run/signal"),
  unblock: act("/api/runs/:run/unblock"),
  pause: act("/api/runs/:run/pause"),
  resume: act("/api/runs/:run/resume"),
  bulk: act("/api/runs/bulk"),
  operations: get("/api/operations"),
  operation: get("/api/operations/:id"),
  stopOperation: act("/api/operations/:id/stop"),
  flows: get("/api/flows"),
  flow: get("/api/flows/:flow"),
  grid: get("/api/flows/:flow/grid"),
  trends: get("/api/flows/:flow/trends"),
  home: get("/api/home"),
  capacity: get("/api/capacity"),
  setLimit: act("/api/limits/:name"),
  removeLimit: { method: "DELETE", path: "/api/limits/:name", role: "operator" },
  pauseQueue: act("/api/queues/:queue/pause"),
  resumeQueue: act("/api/queues/:queue/resume"),
  log: get("/api/log"),
  projections: get("/api/projections"),
  rebuild: admin("POST", "/api/projections/:name/rebuild"),
  aside: get("/api/aside"),
  retryAside: act("/api/aside/:id/retry"),
  views: get("/api/views"),
  putView: { method: "PUT", path: "/api/views/:name", role: "operator" },
  removeView: { method: "DELETE", path: "/api/views/:name", role: "operator" },
} as const satisfies Readonly<Record<string, RoutePath>>;

export type RouteName = keyof typeof paths;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a constant
export const routeNames = Object.keys(paths) as RouteName[];

/** Puts values into the `:names` of a path, so that no value can leave its place. */
export function fillPath(path: string, params: Readonly<Record<string, string | number>>): string {
  return path.replaceAll(/:([a-z]+)/gi, (_, name: string) => encodeURIComponent(String(params[name] ?? "")));
}
