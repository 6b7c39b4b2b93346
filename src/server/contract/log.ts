import { z } from "zod";
import { Count, Instant, Position, whole } from "./common.ts";
import { Wire } from "./runs.ts";

export const LogQuery = z.object({
  before: z.string().max(4_000).optional(), // `older` of an answer; neither = the newest
  after: z.string().max(4_000).optional(), // `newer` of an answer
  limit: whole(1, 500, 100),
  type: z.string().max(500).optional(), // of the event; several with commas
  run: z.string().max(200).optional(),
  actor: z.string().max(200).optional(), // begin of it: "client:" finds every client
  flow: z.string().max(200).optional(),
});

/** Events of all runs, newest first, as far back as the feeds reach. */
export const LogPage = z.object({
  events: z.array(Wire).readonly(),
  older: z.string().nullable(), // null = the feeds end here; older events are in the streams of their runs
  newer: z.string(), // asks for what comes after this answer
  complete: z.boolean(), // false = it was looked at as many events as one answer may; go on at `older`
});

const ProjectionRow = z.object({
  name: z.string(),
  version: z.int(),
  about: z.string(),
  documents: Count,
  bytes: Count,
  lag: z.object({ entries: Count, ms: Count }),
  aside: Count,
  builtAt: Instant.nullable(), // null = nothing was folded yet
  rebuild: z.object({ runs: Count, total: Count, startedAt: Instant }).nullable(), // null = none is under way here
});
export const Projections = z.array(ProjectionRow).readonly();

export const Rebuild = z.object({ name: z.string(), runs: Count, total: Count, startedAt: Instant });

/** A run whose events cannot be folded. */
const AsideRow = z.object({
  run: z.string(),
  position: Position, // of the first event that cannot be folded
  code: z.string(),
  message: z.string(),
  at: Instant,
});
export const Aside = z.array(AsideRow).readonly();
export const AsideRetried = z.object({ run: z.string(), isFolded: z.boolean() });

/** A filter of the list of runs that somebody has kept. */
export const SavedView = z.object({
  name: z.string(),
  q: z.string().max(2_000),
  isDefault: z.boolean(),
  columns: z.array(z.string().max(50)).max(30).readonly().nullable(), // null = the usual ones
  by: z.string(), // who kept it
  at: Instant,
});
export const SavedViews = z.array(SavedView).readonly(); // by name
export const PutView = SavedView.omit({ name: true, by: true, at: true }).partial({
  isDefault: true,
  columns: true,
});

export const Gone = z.object({ removed: z.boolean() });
export const Acknowledged = z.object({ ok: z.literal(true) });

export const Info = z.object({
  version: z.string(),
  namespace: z.string(),
  basePath: z.string(), // "" = none
  auth: z.object({
    mode: z.enum(["none", "basic", "keys"]),
    role: z.enum(["viewer", "operator", "admin"]).nullable(), // of this request; null = nobody
    actor: z.string().nullable(),
  }),
  features: z.array(z.string()).readonly(),
  redis: z.object({ version: z.string(), kind: z.enum(["embedded", "server"]), durability: z.string() }),
  links: z.object({ grafana: z.string().nullable(), trace: z.string().nullable() }), // trace: with "{trace}" in it
  now: Instant, // by the clock of the server
});
export type Info = z.output<typeof Info>;
