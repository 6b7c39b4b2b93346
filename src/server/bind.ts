import { EngineError } from "../base/errors.ts";

/** Whether a name or an address is that of this machine to itself. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name === "::1" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** @throws EngineError BIND_REFUSED for an address that others reach, without authentication */
export function checkBind(host: string, hasAuthentication: boolean): void {
  if (isLoopback(host) || hasAuthentication) return;
  throw new EngineError(
    "BIND_REFUSED",
    `At ${host} everybody who reaches this machine could start and cancel runs and read their values. Leave --host out ` +
      "and reach it through a tunnel (ssh -L 4200:127.0.0.1:4200), or turn authentication on.",
    { host },
  );
}
