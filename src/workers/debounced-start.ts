import { fingerprint } from "../base/recordable.ts";
import { encodeValue } from "../events/codec.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import { RunPostponed } from "../events/run-events.ts";
import { mustEndUnbegun, readBegin } from "./before-begin.ts";
import type { Client, StartedRun } from "./client.ts";
import { systemClock } from "./clock.ts";
import type { NewRun } from "./create-run.ts";
import { SeriesWalk } from "./keyed-start.ts";
import { type BriefDecision, ownBriefly } from "./own-briefly.ts";

export interface ResolvedDebounce {
  readonly key: string;
  readonly waitMs: number;
  readonly maxMs: number | null; // null = no limit
}

const againMs = 20; // another client is just doing the same

/**
 * Starts a run later, or gives the one that waits another input and another while to wait. The waiting run is in the
 * log from the first start on; every later one is an event of it.
 */
export async function startDebounced(
  client: Client,
  newRun: NewRun,
  debounce: ResolvedDebounce,
): Promise<StartedRun> {
  const walk = await SeriesWalk.open(client, { flow: newRun.flow, kind: "debounce", key: debounce.key });
  for (;;) {
    const open = await walk.openRun();
    const bounced = open === null ? null : await bounce(client, open, { newRun, debounce });
    if (bounced !== null) return bounced;
    const wait = Math.min(debounce.waitMs, debounce.maxMs ?? debounce.waitMs);
    const started = await walk.append({ ...newRun, startAt: Date.now() + wait }, false);
    if (started !== null) return started;
  }
}

interface Bounce {
  readonly newRun: NewRun;
  readonly debounce: ResolvedDebounce;
}

/** null = the run has been begun, or has ended: it is too late for another input. */
async function bounce(client: Client, run: string, { newRun, debounce }: Bounce): Promise<StartedRun | null> {
  const what = `The parameters of flow ${newRun.flow}`;
  fingerprint(newRun.input, what);
  const input = await client.payloads.put(run, encodeValue(newRun.input), what, null);
  for (;;) {
    const outline = await client.outline(run);
    if (outline === null || outline.open === null || outline.startedAt !== null) return null;
    const { created } = outline;
    const outcome = await ownBriefly(client, run, (events, now) =>
      postpone(events, now, { input, debounce }),
    );
    if (outcome.how === "declined") return null;
    if (outcome.how === "refused" && outcome.why !== "owned") return null;
    if (outcome.how === "recorded" && outcome.status === "ok")
      return { run, name: created.data.name, created, isNew: false };
    await new Promise<void>((resolve) => {
      systemClock.after(againMs, resolve);
    });
  }
}

function postpone(
  events: readonly RecordedEvent[],
  now: number,
  { input, debounce }: { readonly input: Payload; readonly debounce: ResolvedDebounce },
): BriefDecision | null {
  const begin = readBegin(events);
  const [created] = events;
  if (begin.isBegun || mustEndUnbegun(begin) || created === undefined || !isType(created, "RunCreated"))
    return null;
  const latest = debounce.maxMs === null ? Number.POSITIVE_INFINITY : created.recordedAt + debounce.maxMs;
  const startAt = Math.min(now + debounce.waitMs, latest);
  const postponed = RunPostponed.make({ input, startAt });
  return { events: [postponed], after: "park", dueInMs: Math.max(0, startAt - now) };
}
