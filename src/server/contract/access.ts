import { z } from "zod";
import { Instant } from "./common.ts";

const RoleName = z.enum(["viewer", "operator", "admin"]);

/** Who asks, and how one may sign in: what the page for it shows. */
export const Session = z.object({
  mode: z.enum(["none", "basic", "keys"]),
  ways: z.array(z.enum(["password", "key"])).readonly(), // empty = nobody has to sign in
  actor: z.string().nullable(), // null = nobody
  role: RoleName.nullable(), // null = nobody
});
export type Session = z.output<typeof Session>;

export const SignIn = z.union([
  z.strictObject({ user: z.string().min(1).max(200), password: z.string().min(1).max(1_000) }),
  z.strictObject({ key: z.string().min(1).max(200) }),
]);
export type SignIn = z.output<typeof SignIn>;

export const SignedIn = z.object({ actor: z.string(), role: RoleName, expiresAt: Instant });

/** A key of the API; the key itself is told once, when it is made. */
export const ApiKeyRow = z.object({
  id: z.string(),
  name: z.string(),
  role: RoleName,
  createdAt: Instant,
  createdBy: z.string(),
  expiresAt: Instant.nullable(), // null = never
  usedAt: Instant.nullable(), // to the minute; null = not yet
});
export type ApiKeyRow = z.output<typeof ApiKeyRow>;
export const ApiKeys = z.array(ApiKeyRow).readonly(); // newest first

export const CreateKey = z.object({
  name: z.string().regex(/^[\w.@-]{1,60}$/), // stands in the log: "key:NAME"
  role: RoleName.default("viewer"),
  expiresAt: Instant.nullish(), // default: never
});
export const CreatedKey = ApiKeyRow.extend({ key: z.string() });
