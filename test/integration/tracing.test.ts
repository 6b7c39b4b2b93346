import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CliScene, fixture, type Running } from "../support/cli.ts";
import { waitUntil } from "../support/wait-until.ts";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | null;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly status: number;
  readonly pid: number;
}

const flows = fixture("traced.ts");
const scene = new CliScene(inject("redisUrl"));
const file = `${scene.home}/traces.jsonl`;
const sdk = pathToFileURL(fileURLToPath(new URL("../fixtures/tracing.mjs", import.meta.url))).href;
const env = { TRACES: file, NODE_OPTIONS: `--import ${sdk}` };
let owner: Running;
let helper: Running;

async function startTraced(queue: string): Promise<Running> {
  const worker = scene.start(["worker", flows, "-q", queue], env);
  await worker.until(/is ready/);
  return worker;
}

beforeAll(async () => {
  [owner, helper] = await Promise.all([startTraced("default"), startTraced("far")]);
});
afterAll(async () => scene.end());

const failed = 2; // SpanStatusCode.ERROR

function spansOf(run: string): Span[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const all = lines.map((line) => JSON.parse(line) as Span);
  const own = all.filter(({ attributes }) => attributes["millrace.run"] === run);
  const ids = new Set(own.map(({ spanId }) => spanId));
  return all.filter((span) => own.includes(span) || ids.has(span.parent ?? ""));
}

async function traceOf(run: string): Promise<Span[]> {
  await waitUntil(async () => expect(spansOf(run).map(({ name }) => name)).toContain("run traced"), {
    timeoutMs: 20_000,
  });
  return spansOf(run);
}

const parent = "00f067aa0ba902b7";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const creator = { TRACEPARENT: `00-${traceId}-${parent}-01` };

async function ask(more: readonly string[], given: Readonly<Record<string, string>> = {}): Promise<string> {
  const { out } = await scene.run(["run", "traced", "-q", "default", "--json", ...more], given);
  return (JSON.parse(out) as { id: string }).id;
}

const named = (spans: readonly Span[], name: string): Span[] => spans.filter((span) => span.name === name);

test("a run and its tasks, on two workers, are one trace below the creator's span", async () => {
  const run = await ask([], creator);

  const spans = await traceOf(run);

  const [root] = named(spans, "run traced");
  expect(root).toMatchObject({ traceId, parent, pid: owner.child.pid });
  expect(root?.attributes).toMatchObject({ "millrace.flow": "traced", "millrace.state": "Completed" });
  expect(spans.map(({ name }) => name).toSorted()).toEqual(
    ["inner", "run traced", "task here", "task shaky", "task there", "task wait"].toSorted(),
  );
  expect(spans.every((span) => span.traceId === traceId)).toBe(true);
  const tasks = spans.filter(({ name }) => name.startsWith("task "));
  expect(tasks.map((span) => span.parent)).toEqual(tasks.map(() => root?.spanId));
  expect(named(spans, "task there")[0]?.pid).toBe(helper.child.pid);
  expect(named(spans, "task there")[0]?.attributes).toMatchObject({
    "millrace.task": "there#1",
    "millrace.attempt": 1,
  });
  expect(named(spans, "inner")[0]?.parent).toBe(named(spans, "task here")[0]?.spanId); // of the user's code
});

test("each attempt has a span, and failures say so", async () => {
  const run = await ask(["-p", "isGood=false"], creator);

  const spans = await traceOf(run);

  expect(
    named(spans, "task shaky").map((span) => [span.attributes["millrace.attempt"], span.status]),
  ).toEqual([
    [1, failed],
    [2, failed],
  ]);
  expect(named(spans, "run traced")[0]).toMatchObject({ status: failed });
});

test("a replay in another process invents no spans; the trace of an untraced creator is made of the run's id", async () => {
  const gate = `${scene.home}/gate`;
  const run = await ask(["-p", `gate=${gate}`]);
  await waitUntil(async () => expect(named(spansOf(run), "task there")).toHaveLength(1), {
    timeoutMs: 20_000,
  });

  await owner.end("SIGKILL");
  owner = await startTraced("default");
  scene.openGate();
  const spans = await traceOf(run);

  const count = (name: string): number => named(spans, name).length;
  expect([count("run traced"), count("task here"), count("task there"), count("task wait")]).toEqual([
    1, 1, 1, 1,
  ]);
  const [root] = named(spans, "run traced");
  expect(root).toMatchObject({ parent: null, pid: owner.child.pid });
  expect(named(spans, "task here")[0]).toMatchObject({ parent: root?.spanId, traceId: root?.traceId });
  expect(named(spans, "task here")[0]?.pid).not.toBe(owner.child.pid);
});
