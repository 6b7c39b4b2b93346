import type { RecordedEvent } from "../events/envelope.ts";

/** What says where a log line belongs among the events of its run. */
export interface Placed {
  readonly time: number; // epoch ms
  readonly task: string | null; // key; null = the flow's own line
  readonly attempt: number;
  readonly after: number | null; // position of the event that it follows; null = by task and time
}

export type Strand<Line> = { readonly event: RecordedEvent } | { readonly line: Line };

/**
 * Events and log lines of a run in one order. Clocks of machines differ, so time alone would put lines before their
 * causes: a flow's line follows its turn, a task's line stands between the start and the end of its attempt.
 * `lines` are in the order of their arrival.
 */
export function weave<Line extends Placed>(
  events: readonly RecordedEvent[],
  lines: readonly Line[],
): readonly Strand<Line>[] {
  if (lines.length === 0) return events.map((event) => ({ event }));
  const spans = attemptSpans(events);
  const placed = lines.map((line, order) => ({ line, order, anchor: anchorOf(line, events, spans) }));
  placed.sort(
    (one, other) => one.anchor - other.anchor || one.line.time - other.line.time || one.order - other.order,
  );
  const woven: Strand<Line>[] = [];
  let next = 0;
  for (const event of events) {
    for (let at = placed[next]; at !== undefined && at.anchor < event.position; at = placed[next]) {
      woven.push({ line: at.line });
      next += 1;
    }
    woven.push({ event });
  }
  for (const { line } of placed.slice(next)) woven.push({ line });
  return woven;
}

interface AttemptSpan {
  begin: number; // position; 0 = not among the events
  end: number; // position; Infinity = not among the events
}

const open: Readonly<AttemptSpan> = { begin: 0, end: Number.POSITIVE_INFINITY };

function attemptSpans(events: readonly RecordedEvent[]): ReadonlyMap<string, AttemptSpan> {
  const spans = new Map<string, AttemptSpan>();
  const note = (key: string, attempt: number, change: Partial<AttemptSpan>): void => {
    const id = `${attempt} ${key}`;
    spans.set(id, { ...(spans.get(id) ?? open), ...change });
  };
  for (const { type, data, position } of events) {
    switch (type) {
      case "TaskScheduled":
        note(data.key, 1, { begin: position });
        break;
      case "TaskStarted":
        note(data.key, data.attempt, { begin: position });
        break;
      case "TaskAttemptFailed":
      case "TaskCrashed":
        note(data.key, data.attempt, { end: position });
        note(data.key, data.attempt + 1, { begin: position });
        break;
      case "TaskCompleted":
      case "TaskFailed": // a cancelled attempt may have said more after its cancellation: its end is open
        note(data.key, data.attempt, { end: position });
        break;
      default:
    }
  }
  return spans;
}

/** The position after which a line stands. */
function anchorOf(
  { after, task, attempt, time }: Placed,
  events: readonly RecordedEvent[],
  spans: ReadonlyMap<string, AttemptSpan>,
): number {
  if (after !== null) return after;
  const byTime = lastBefore(events, time);
  if (task === null) return byTime;
  const { begin, end } = spans.get(`${attempt} ${task}`) ?? open;
  return Math.min(Math.max(byTime, begin), end - 1);
}

/** Position of the last event that is not younger than `time`; 0 = none. */
function lastBefore(events: readonly RecordedEvent[], time: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.recordedAt ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return events[low - 1]?.position ?? 0;
}
