import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { toError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Flow } from "../sdk/flow.ts";
import type { CrashPoint } from "./faults.ts";
import type { Harness } from "./harness.ts";
import type { HarnessRun } from "./harness-run.ts";

/** A run whose worker died at one point, and which ended as it does without that. */
export interface CrashedRun<Result> {
  readonly point: CrashPoint;
  readonly run: HarnessRun<Result>;
  readonly result: Result | undefined; // undefined also when the flow failed
  readonly error: Error | null; // null = the flow completed
  readonly begun: ReadonlyMap<string, number>; // how often each task was begun, by key
}

interface Outcome<Result> extends Omit<CrashedRun<Result>, "point"> {
  readonly calls: string; // what the flow asked for
  readonly twice: readonly string[]; // keys whose end is recorded twice
}

/**
 * Runs the flow once, and then once for each commit with a worker that dies before it and one that dies after it. Every
 * run must end the same way, having asked for the same, and with each end of a task recorded once; `check` may look for
 * more. Each run has a harness of its own, with the options and mocks of `harness`.
 * @returns how many points there were
 * @throws EngineError CRASH_UNSAFE naming the point, and whatever `check` throws
 */
export async function forEveryCrashPoint<Args extends readonly unknown[], Result>(
  harness: Harness,
  flow: Flow<Args, Result>,
  input: Args[0],
  check: (crashed: CrashedRun<Result>) => void | Promise<void> = () => undefined,
): Promise<number> {
  const toArgs = (): Args =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one argument of a flow
    [input] as readonly unknown[] as Args;
  const calm = await harness.sibling();
  try {
    const usual = await outcomeOf(await calm.start(flow, ...toArgs()));
    let points = 0;
    for (const point of pointsOf(usual.run.commits)) {
      const struck = await crash(harness, point, async (sibling) => {
        const crashed = await outcomeOf(await sibling.start(flow, ...toArgs()));
        if (sibling.faults.crashes === 0) return false; // it has fewer commits this time: tasks came in another order
        compare(usual, crashed, point);
        await check({ ...crashed, point });
        return true;
      });
      if (struck) points += 1;
    }
    return points;
  } finally {
    await calm.close();
  }
}

function pointsOf(commits: number): readonly CrashPoint[] {
  const all = Array.from({ length: commits }, (_, index) => index + 1);
  return all.flatMap((commit) => [
    { when: "before" as const, commit },
    { when: "after" as const, commit },
  ]);
}

async function crash(
  harness: Harness,
  { when, commit }: CrashPoint,
  live: (sibling: Harness) => Promise<boolean>,
): Promise<boolean> {
  const sibling = await harness.sibling();
  try {
    if (when === "before") sibling.faults.crashBefore(commit);
    else sibling.faults.crashAfter(commit);
    return await live(sibling);
  } finally {
    await sibling.close();
  }
}

async function outcomeOf<Result>(run: HarnessRun<Result>): Promise<Outcome<Result>> {
  let result: Result | undefined;
  let error: Error | null = null;
  try {
    result = await run.result();
  } catch (thrown) {
    error = toError(thrown);
  }
  const events = await run.events();
  return { run, result, error, begun: run.begun(), calls: callsOf(events), twice: endedTwice(events) };
}

function callsOf(events: readonly RecordedEvent[]): string {
  const calls = events.flatMap((event) =>
    event.type.endsWith("Scheduled") || event.type === "TimerStarted" || event.type === "SignalAwaited"
      ? [keyOf(event)]
      : [],
  );
  return calls.toSorted().join(", ");
}

function endedTwice(events: readonly RecordedEvent[]): readonly string[] {
  const ends = events.flatMap((event) =>
    event.type === "TaskCompleted" || event.type === "TaskFailed" || event.type === "TaskReused"
      ? [event.data.key]
      : [],
  );
  return ends.filter((key, index) => ends.indexOf(key) !== index);
}

function keyOf({ data }: RecordedEvent): string {
  return "key" in data ? data.key : "";
}

function compare<Result>(usual: Outcome<Result>, crashed: Outcome<Result>, point: CrashPoint): void {
  const [first] = crashed.twice;
  if (first !== undefined) throw unsafe(point, `the end of ${first} is recorded twice`);
  if (describe(usual) !== describe(crashed))
    throw unsafe(point, `it ended with ${describe(crashed)}, and without a crash with ${describe(usual)}`);
  if (usual.calls !== crashed.calls)
    throw unsafe(point, `it asked for ${crashed.calls}, and without a crash for ${usual.calls}`);
}

function describe({ result, error }: Outcome<unknown>): string {
  if (error !== null) return `${error.name}: ${error.message}`;
  const text = JSON.stringify(result, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return `${text} (${fingerprint(result, "The result of the flow").toString(36)})`;
}

function unsafe({ when, commit }: CrashPoint, what: string): EngineError {
  const text =
    `A run does not survive the loss of its worker ${when} commit ${commit}: ${what}. What a flow does must follow ` +
    `from its input and the results of its tasks; time, chance and the outside belong in tasks.`;
  return new EngineError("CRASH_UNSAFE", text, { when, commit });
}
