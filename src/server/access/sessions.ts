import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const Signed = z.object({
  id: z.string(),
  user: z.string().optional(),
  key: z.string().optional(), // its SHA-256
  proof: z.string(), // changes with the password: then the session is over
  until: z.int(), // epoch ms
});

/** Who has signed in, and until when. */
export interface Session {
  readonly id: string;
  readonly of: { readonly user: string } | { readonly key: string };
  readonly proof: string;
  readonly until: number; // epoch ms
}

/** What a cookie holds. Servers that share the secret take each other's sessions. */
export function writeSession({ id, of, proof, until }: Session, secret: string): string {
  const body = Buffer.from(JSON.stringify({ id, ...of, proof, until })).toString("base64url");
  return `${body}.${sign(body, secret)}`;
}

/** null = we have not written it, or it is over. */
export function readSession(text: string, secret: string, now: number): Session | null {
  const [body = "", signature = "", ...more] = text.split(".");
  if (more.length > 0 || !isSame(signature, sign(body, secret))) return null;
  const { data } = Signed.safeParse(JSON.parse(Buffer.from(body, "base64url").toString()));
  if (data === undefined || data.until <= now) return null;
  const { id, user, key, proof, until } = data;
  if (user !== undefined) return { id, of: { user }, proof, until };
  return key === undefined ? null : { id, of: { key }, proof, until };
}

/** Stands for a password in a session without telling it. */
export function proofOf(password: string, secret: string): string {
  return sign(`proof\n${password}`, secret).slice(0, 22);
}

/** Compares without telling by its time where two texts differ. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [digest(one), digest(other)];
  return timingSafeEqual(left, right);
}

function sign(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

function digest(text: string): Buffer {
  return createHmac("sha256", "compare").update(text).digest();
}
