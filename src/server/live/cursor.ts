import { z } from "zod";
import { type FeedPlaces, readPlaces, writePlaces } from "./feed-places.ts";

/** How far a stream has come, in each of its topics: all that it takes to go on elsewhere, later, on another server. */
export interface Cursor {
  readonly runs: ReadonlyMap<string, number>; // run -> position of the last event that was sent
  readonly rows: FeedPlaces | null; // null = the stream does not have that topic
  readonly log: FeedPlaces | null;
}

/** Of which log a cursor is: elsewhere it means nothing. */
export interface CursorHome {
  readonly name: string;
  readonly shards: number;
}

const Stored = z.object({
  n: z.string(),
  r: z.record(z.string(), z.int().nonnegative()).optional(),
  f: z.string().optional(),
  l: z.string().optional(),
});

/** Opaque to clients; safe in headers and addresses. */
export function writeCursor({ name }: CursorHome, { runs, rows, log }: Cursor): string {
  const stored: z.output<typeof Stored> = {
    n: name,
    ...(runs.size === 0 ? {} : { r: Object.fromEntries(runs) }),
    ...(rows === null ? {} : { f: writePlaces(rows) }),
    ...(log === null ? {} : { l: writePlaces(log) }),
  };
  return Buffer.from(JSON.stringify(stored)).toString("base64url");
}

/** null = it is damaged, or of another log. */
export function readCursor({ name, shards }: CursorHome, text: string): Cursor | null {
  const { success, data } = Stored.safeParse(parse(Buffer.from(text, "base64url").toString()));
  if (!success || data.n !== name) return null;
  const rows = data.f === undefined ? null : readPlaces(data.f, shards);
  const log = data.l === undefined ? null : readPlaces(data.l, shards);
  if ((data.f !== undefined && rows === null) || (data.l !== undefined && log === null)) return null;
  return { runs: new Map(Object.entries(data.r ?? {})), rows, log };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // as damaged as JSON of another form
  }
}
