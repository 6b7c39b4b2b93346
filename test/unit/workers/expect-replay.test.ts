import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FlowSpec } from "../../../src/engine/specs.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { expectReplay } from "../../../src/workers/expect-replay.ts";
import { parseHistory, toHistoryText } from "../../../src/workers/history-file.ts";
import { flow, recordRun, task } from "../../support/record-flow.ts";
import { queuedTasks, recordedFlows } from "../../support/recorded-flows.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "millrace-replay-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Records a run and writes its file; with `events`, as if it had been exported when it had so many. */
async function record(
  spec: FlowSpec,
  input: unknown,
  given: { run?: string; events?: number } = {},
): Promise<void> {
  const { bodies } = await recordRun(spec, input, queuedTasks);
  const { run = "recorded", events = bodies.length } = given;
  const entries = bodies.slice(0, events).map((body, index) => {
    const fields = [Buffer.from("e"), Buffer.from(body)];
    return [Buffer.from(`${index + 1}-0`), fields] as const;
  });
  const times = { createdAt: 1, exportedAt: 2 };
  const header = {
    run,
    name: "test-run",
    flow: spec.name,
    state: "Completed",
    ...times,
    events,
    payloads: 0,
  };
  const text = toHistoryText({ header, entries, payloads: new Map() }, []);
  expect(parseHistory(text, "the file").entries).toEqual(entries);
  writeFileSync(join(dir, `${run}.history.ndjson`), text);
}

test.each(Object.entries(recordedFlows))(
  "the code of flow %s repeats its run",
  async (_, { spec, input }) => {
    await record(spec, input);

    await expectReplay({ spec }, dir);
    await expectReplay({ spec }, pathToFileURL(`${dir}/`));
  },
);

const one = task("one", async () => 1);
const other = task("other", async () => 2);
const steps = flow("steps", async () => {
  await one();
  await sleep("1m");
  return other();
});
const changed = flow("steps", async () => {
  await one();
  await sleep("2m");
  return other();
});

test("a run that goes on is repeated as far as it has come", async () => {
  const { bodies } = await recordRun(steps.spec, undefined);
  for (const events of [1, 5, 7, bodies.length]) // each ends a commit
    await record(steps.spec, undefined, { run: `after-${events}`, events });
  await expectReplay(steps, dir);
});

test("the error names the first divergences", async () => {
  for (const run of ["a", "b", "c", "d", "e"]) await record(steps.spec, undefined, { run });

  const failure: unknown = await expectReplay(changed, dir).catch((error: unknown) => error);

  expect(failure).toMatchObject({ code: "REPLAY_DIVERGED", details: { flow: "steps" } });
  const { message } = failure as Error;
  expect(message).toContain('The code of flow "steps" does not repeat 5 of 5 recorded runs:');
  expect(message.match(/E_INPUT/g)).toHaveLength(3);
  expect(message).toMatch(/recorded: timer sleep#1 of 60000 ms .*\n.*code now: timer sleep#1 of 120000 ms/);
  expect(message).toContain("… and 2 more.");
  expect(message).not.toContain("is blocked");
});

test("nothing to replay, and files that cannot be read, are errors", async () => {
  await expect(expectReplay(steps, join(dir, "none"))).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(expectReplay(steps, dir)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });

  writeFileSync(join(dir, "x.history.ndjson"), '{"millrace":"history","format":2}\n');
  await expect(expectReplay(steps, dir)).rejects.toMatchObject({ code: "EVENT_UNREADABLE" });
});

test.each([
  ["a line too few", (lines: string[]) => lines.toSpliced(-1)],
  ["a line too many", (lines: string[]) => [...lines, "{}"]],
  ["lines in another order", (lines: string[]) => lines.toSpliced(1, 2, lines[2]!, lines[1]!)],
  ["a line that is no JSON", (lines: string[]) => lines.with(2, "{")],
  ["an event that is no base64", (lines: string[]) => lines.with(2, '{"position":2,"entry":"?"}')],
  ["a damaged event", (lines: string[]) => lines.with(2, '{"position":2,"entry":"AAAA"}')],
])("a file with %s is unreadable", async (_, damage) => {
  await record(steps.spec, undefined);
  const file = join(dir, "recorded.history.ndjson");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  writeFileSync(file, `${damage(lines).join("\n")}\n`);

  await expect(expectReplay(steps, dir)).rejects.toMatchObject({ code: "EVENT_UNREADABLE" });
});
