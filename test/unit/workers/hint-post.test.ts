import { beforeEach, expect, test } from "vitest";
import type { HintJob } from "../../../src/workers/hint-jobs.ts";
import { HintPost } from "../../../src/workers/hint-post.ts";
import type { TaskHint } from "../../../src/workers/run-ports.ts";

const lane = "default/report";

function hint(run: string): TaskHint {
  const place = { flow: "report", queue: "default", task: "square", key: "square#1", position: 4 };
  return { ...place, run, attempt: 1, delayMs: 0, crashes: 0 };
}

interface Call {
  readonly runs: readonly (readonly string[])[]; // of each job
  readonly arrive: () => void;
  readonly fail: (error: Error) => void;
}

let calls: Call[];
let post: HintPost;
beforeEach(() => {
  calls = [];
  post = new HintPost({ add, workers: () => 1 });
});

async function add(jobs: readonly HintJob[]): Promise<void> {
  return new Promise((arrive, fail) => {
    calls.push({ runs: jobs.map(runsOf), arrive, fail });
  });
}

function runsOf({ data }: HintJob): readonly string[] {
  return "hints" in data ? data.hints.map(({ run }) => run) : [data.run];
}

async function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("hints of several runs that are given in one tick leave in one call, and at once", async () => {
  const given = ["a", "b", "c"].map(async (run) => post.give(lane, [hint(run)]));
  await tick();
  calls[0]?.arrive();
  await Promise.all(given);

  expect(calls.map(({ runs }) => runs)).toEqual([[["a"], ["b"], ["c"]]]);
});

test("where many tasks are open, hints of several runs share a job", async () => {
  post.expect(lane, 100);
  for (const run of ["a", "b", "c"]) void post.give(lane, [hint(run)]);
  await tick();
  expect(calls[0]?.runs).toEqual([["a", "b", "c"]]);

  calls[0]?.arrive();
  post.expect(lane, -93);
  await tick();
  for (const run of ["d", "e"]) void post.give(lane, [hint(run)]);
  await tick();
  expect(calls[1]?.runs).toEqual([["d"], ["e"]]);
});

test("what is given while jobs are under way leaves together when they have arrived, each lane for itself", async () => {
  post.expect(lane, 100);
  void post.give(lane, [hint("a")]);
  await tick();
  void post.give(lane, [hint("b")]);
  await tick();
  void post.give(lane, [hint("c")]);
  void post.give("other/report", [{ ...hint("d"), queue: "other" }]);
  await tick();
  expect(calls.map(({ runs }) => runs)).toEqual([[["a"]], [["d"]]]);

  calls[0]?.arrive();
  await tick();
  expect(calls[2]?.runs).toEqual([["b", "c"]]);
});

test("who gave what did not arrive hears of it, and those who come later are served", async () => {
  const lost = ["a", "b"].map(async (run) => post.give(lane, [hint(run)]));
  await tick();
  calls[0]?.fail(new Error("Redis is away."));
  for (const given of lost) await expect(given).rejects.toThrow("Redis is away.");

  const given = post.give(lane, [hint("c")]);
  await tick();
  calls[1]?.arrive();
  await expect(given).resolves.toBeUndefined();
});

test("another time hints travel in the same jobs, whoever asks", async () => {
  post.expect(lane, 100);
  const [a, b, c] = [hint("a"), hint("b"), hint("c")];
  void post.give(lane, [a]);
  void post.give(lane, [b]);
  await tick();

  const [job] = post.jobsOf([a]);
  expect(post.jobsOf([a, b])).toEqual([job]);
  expect(job === undefined ? [] : runsOf(job)).toEqual(["a", "b"]);
  expect(post.jobsOf([{ ...a }, c]).map(runsOf)).toEqual([["a"], ["c"]]); // of which nobody knows how they travelled
});
