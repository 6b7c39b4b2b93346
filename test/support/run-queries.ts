import * as fc from "fast-check";
import { newSummary, type RunSummary, type StateType } from "../../src/projections/run-summary.ts";
import type { RunOrder, RunQuery } from "../../src/redis/run-query.ts";

const states: readonly (readonly [StateType, string])[] = [
  ["SCHEDULED", "Scheduled"],
  ["RUNNING", "Running"],
  ["PAUSED", "Blocked"],
  ["COMPLETED", "Completed"],
  ["COMPLETED", "Cached"],
  ["FAILED", "TimedOut"],
];
const flows = ["orders", "flights", 'a:b"c'];
const tags = ["red", "green", "blue"];

export const summary = fc
  .record({
    id: fc.nat({ max: 400 }),
    flow: fc.constantFrom(...flows),
    queue: fc.constantFrom("default", "night"),
    tags: fc.uniqueArray(fc.constantFrom(...tags)),
    state: fc.constantFrom(...states),
    createdAt: fc.integer({ min: 1_000, max: 1_030 }), // few: many runs of one millisecond
  })
  .map(({ id, state: [state, stateName], ...rest }): RunSummary => {
    return { ...newSummary(`R${id}`), ...rest, position: 1, state, stateName };
  });

export const history = fc
  .array(summary, { minLength: 1, maxLength: 250, size: "max" })
  .map((list) => [...new Map(list.map((run) => [run.run, run])).values()]);

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

export const query = fc
  .record({
    states: maybe(
      fc.uniqueArray(fc.constantFrom("completed", "Running", "CACHED", "failed", "none"), { maxLength: 3 }),
    ),
    flows: maybe(fc.uniqueArray(fc.constantFrom(...flows, "none"), { maxLength: 2 })),
    queue: maybe(fc.constantFrom("default", "night", "none")),
    tags: maybe(fc.uniqueArray(fc.constantFrom(...tags), { maxLength: 2 })),
    createdAfter: maybe(fc.integer({ min: 1_000, max: 1_030 })),
    createdBefore: maybe(fc.integer({ min: 1_000, max: 1_031 })),
    order: maybe(fc.constantFrom<RunOrder>("newest", "oldest")),
  })
  .map(
    (given) =>
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as RunQuery,
  );

/** What a query means, without any index. */
export function naive(summaries: Iterable<RunSummary>, asked: RunQuery): readonly string[] {
  const {
    states: wanted = [],
    flows = [],
    queue,
    tags = [],
    createdAfter = 0,
    createdBefore = 9_999,
  } = asked;
  const isWanted = ({ state, stateName }: RunSummary): boolean =>
    wanted.length === 0 || wanted.some((text) => new RegExp(`^(${state}|${stateName})$`, "i").test(text));
  const isFlow = ({ flow }: RunSummary): boolean => flows.length === 0 || flows.includes(flow);
  const isQueue = (run: RunSummary): boolean => queue === undefined || run.queue === queue;
  const isTagged = (run: RunSummary): boolean => tags.every((tag) => run.tags.includes(tag));
  const isThen = ({ createdAt }: RunSummary): boolean =>
    createdAt >= createdAfter && createdAt < createdBefore;
  const tests = [isWanted, isFlow, isQueue, isTagged, isThen];
  const passes = (run: RunSummary): boolean => tests.every((test) => test(run));
  const key = ({ createdAt, run }: RunSummary): string => `${String(createdAt).padStart(6)} ${run}`;
  const found = [...summaries].filter(passes).sort((one, other) => (key(one) < key(other) ? -1 : 1));
  return (asked.order === "oldest" ? found : found.reverse()).map(({ run }) => run);
}
