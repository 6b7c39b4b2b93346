import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies } from "./decode-bodies.ts";

interface News {
  readonly run: string;
  readonly first: number; // position of the first body
  readonly bodies: readonly Uint8Array[];
}

const keptAtMost = 1_000; // runs; what is forgotten is read

/**
 * What wake-ups brought for runs of this process, until their owners look: they need not read it. As each one begins at
 * the last commit of the owner, the newest one holds all that the older ones did.
 */
export class WakeNews {
  readonly #news = new Map<string, News>(); // by run

  /** @returns the run that the message is about */
  hear(message: Buffer): string {
    const news = readWake(message);
    const { run, bodies } = news;
    this.#news.delete(run);
    if (bodies.length > 0) this.#news.set(run, news);
    if (this.#news.size > keptAtMost) this.forget(this.#news.keys().next().value ?? "");
    return run;
  }

  /** What was told about the run has lost its meaning: it begins anew here. */
  forget(run: string): void {
    this.#news.delete(run);
  }

  /**
   * The events after `seen`, once; null = they are to be read. What was told is not all that there may be: whatever
   * the owner has to know of later has a wake-up of its own.
   * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
   */
  take(run: string, seen: number): RecordedEvent[] | null {
    const news = this.#news.get(run);
    if (news === undefined) return null;
    this.#news.delete(run);
    const known = seen - news.first + 1; // of those that were told
    return known < 0 ? null : decodeBodies(run, news.first - 1, news.bodies).slice(known);
  }
}

/** A message as `commit.lua` writes it: a run alone, or a line about the bodies that follow. */
function readWake(message: Buffer): News {
  const lineEnd = message.indexOf("\n");
  if (lineEnd < 0) return { run: message.toString(), first: 0, bodies: [] };
  const [run = "", first = "", ...sizes] = message.toString("utf8", 0, lineEnd).split(" ");
  const bodies: Uint8Array[] = [];
  let at = lineEnd + 1;
  for (const size of sizes) {
    bodies.push(message.subarray(at, at + Number(size)));
    at += Number(size);
  }
  return { run, first: Number(first), bodies };
}
