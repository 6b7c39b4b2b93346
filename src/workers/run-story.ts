import type { RecordedEvent } from "../events/envelope.ts";
import type { KeptLine } from "../observe/kept-line.ts";
import { type LineLevel, levelNumbers } from "../observe/run-line.ts";
import { narrate } from "../projections/narrate.ts";
import { weave } from "../projections/weave.ts";
import { readRun } from "../redis/read-run.ts";
import { countDropped, logStart, newsOf, readLines } from "../redis/run-logs.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { Client } from "./client.ts";
import { systemClock } from "./clock.ts";
import { attemptOf, workerOf } from "./display.ts";
import { isAtEnd } from "./run-state.ts";
import { isCallNamed } from "./task-run-name.ts";

/** A line of the log of a run: what its code said, or what happened to it. */
export interface StoryLine {
  readonly time: number; // epoch ms
  readonly level: LineLevel;
  readonly key: string | null; // of the task; null = the flow's, or about the run
  readonly attempt: number | null; // null = the flow's, or about the run
  readonly worker: string | null; // null = not known
  readonly event: string | null; // type; null = the code's own line
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly detail: string | null; // more lines: a stack
}

export interface StoryFilter {
  readonly level: LineLevel; // and above
  readonly task: string | null; // key or name of a task run, or name of a task; null = everything
}

export interface StoryPart {
  readonly lines: readonly StoryLine[];
  readonly dropped: number; // lines that the cap has cost the run before this part
  readonly hasEnded: boolean;
}

const pageLines = 1_000;
const settleMs = 250; // lines come in batches, so they may come later than the events around them
const recheckMs = 30_000;

/**
 * The log of a run: what its code said, from the lines that are kept with it, and what happened to it, from its events.
 * First what there is; then, unless `signal` is aborted, each part as it comes, until the run has ended.
 */
export async function* storyOf(
  client: Client,
  run: RunInfo,
  filter: StoryFilter,
  signal: AbortSignal,
): AsyncGenerator<StoryPart, void, void> {
  const reader = new StoryReader(client, run, filter);
  let part = await reader.read();
  yield part;
  if (part.hasEnded || signal.aborted) return;
  const { address, namespace } = client.store;
  const watched = { run: run.id, at: () => reader.at };
  for await (const isNews of newsOf(address, namespace, watched, { signal, pauseMs: recheckMs })) {
    if (isNews) await settle();
    part = await reader.read();
    yield part;
    if (part.hasEnded) return;
  }
}

async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    systemClock.after(settleMs, resolve);
  });
}

/** Reads the log of a run part by part: first what there is, then what has come since. */
export class StoryReader {
  readonly #client: Client;
  readonly #run: RunInfo;
  readonly #filter: StoryFilter;
  #position = 0;
  #cursor = logStart;

  constructor(client: Client, run: RunInfo, filter: StoryFilter) {
    this.#client = client;
    this.#run = run;
    this.#filter = filter;
  }

  get at(): { readonly position: number; readonly id: string } {
    return { position: this.#position, id: this.#cursor.id };
  }

  /** What is new. Lines are read after events: those before an end are there when the end is. */
  async read(): Promise<StoryPart> {
    const { redis, namespace } = this.#client.store;
    const dropped = this.#cursor.id === "0" ? await countDropped(redis, namespace, this.#run.id) : 0;
    const events = await readRun(redis, namespace, { run: this.#run.id, after: this.#position });
    const kept = await this.#readLines();
    this.#position = events.at(-1)?.position ?? this.#position;
    const lines = weave(events, kept).map((strand) =>
      "line" in strand ? toStoryLine(strand.line) : remarkOn(strand.event, this.#run),
    );
    return {
      dropped,
      hasEnded: isAtEnd(events),
      lines: lines.filter((line) => line !== null).filter((line) => isWanted(line, this.#filter)),
    };
  }

  async #readLines(): Promise<readonly KeptLine[]> {
    const { redis, namespace } = this.#client.store;
    const lines: KeptLine[] = [];
    for (;;) {
      const from = { run: this.#run.id, cursor: this.#cursor, count: pageLines };
      const page = await readLines(redis, namespace, from);
      lines.push(...page.lines);
      this.#cursor = page.next;
      if (page.isLast) return lines;
    }
  }
}

/** Whether a line is one of those that somebody asks for. */
export function isWanted({ level, key }: StoryLine, { level: least, task }: StoryFilter): boolean {
  if (levelNumbers[level] < levelNumbers[least]) return false;
  return task === null || (key !== null && isCallNamed(key, task));
}

function toStoryLine({ time, level, task, attempt, worker, message, fields }: KeptLine): StoryLine {
  const about = { key: task, attempt: task === null ? null : attempt, event: null, detail: null };
  return { time, level, worker, message, fields, ...about };
}

function remarkOn(event: RecordedEvent, run: RunInfo): StoryLine | null {
  const remark = narrate(event, run);
  if (remark === null) return null;
  const { level, taskKey: key, text: message, detail } = remark;
  const by = { attempt: attemptOf(event), worker: workerOf(event), event: event.type };
  return { time: event.recordedAt, level, key, message, fields: {}, detail, ...by };
}
