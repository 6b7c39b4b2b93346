import type { IncomingHttpHeaders } from "node:http";

/** What a request brings along to say who asks. */
export type Proof =
  | { readonly kind: "none" }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "session"; readonly text: string };

/** A header counts before a cookie, as it was given on purpose. */
export function proofIn({ authorization, cookie }: IncomingHttpHeaders, cookieName: string): Proof {
  const [, scheme = "", rest = ""] = /^(\w+) +(\S+)$/.exec(authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") return { kind: "key", key: rest };
  if (scheme.toLowerCase() === "basic") return toPassword(Buffer.from(rest, "base64").toString());
  const text = cookieIn(cookie ?? "", cookieName);
  return text === null ? { kind: "none" } : { kind: "session", text };
}

function toPassword(text: string): Proof {
  const at = text.indexOf(":");
  if (at < 0) return { kind: "password", user: text, password: "" };
  return { kind: "password", user: text.slice(0, at), password: text.slice(at + 1) };
}

function cookieIn(header: string, name: string): string | null {
  const pairs = header.split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}

export interface CookieOptions {
  readonly path: string;
  readonly isSecure: boolean; // https only
  readonly maxAgeMs: number; // 0 = it is to be forgotten
}

export function writeCookie(
  name: string,
  value: string,
  { path, isSecure, maxAgeMs }: CookieOptions,
): string {
  const age = Math.floor(maxAgeMs / 1_000);
  return `${name}=${value}; Path=${path}; Max-Age=${age}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}

/** Whether the browser speaks https, to us or to a proxy before us. */
export function isSecure({ origin, "x-forwarded-proto": proto }: IncomingHttpHeaders): boolean {
  return origin?.startsWith("https:") === true || String(proto ?? "").split(",")[0] === "https";
}
