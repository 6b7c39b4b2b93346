import { pino } from "pino";
import { expect, test } from "vitest";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import type { RunLine } from "../../../src/observe/run-line.ts";
import { displayOn } from "../../../src/workers/display.ts";

const run = { id: "01RUN", name: "friday", flow: "orders", tags: [], traceparent: null };
const line: RunLine = {
  time: 1,
  level: "info",
  task: "extract#1[2]",
  attempt: 3,
  after: null,
  message: "reading",
  fields: { rows: 2 },
};

function open(level = "debug") {
  const written: unknown[] = [];
  const display = displayOn(
    pino({ level, base: null }, { write: (json: string) => written.push(JSON.parse(json)) }),
  );
  return { display, written };
}

const envelope = { run: "01RUN", runName: "friday", flow: "orders", time: expect.any(Number) };

test("a line of a task says whose it is", () => {
  const { display, written } = open();

  display.write(run, line, "w1");

  const own = { task: "extract-0[2]", attempt: 3, worker: "w1", rows: 2, msg: "reading", level: 30 };
  expect(written).toEqual([{ ...envelope, ...own }]);
});

test("a line of a flow has no task and no attempt", () => {
  const { display, written } = open();

  display.write(run, { ...line, task: null, attempt: 0 }, "w1");

  expect(written).toMatchObject([{ task: null, attempt: null, worker: "w1" }]);
});

test("fields of users do not stand for ours", () => {
  const { display, written } = open();

  display.write(run, { ...line, fields: { event: "click", run: 7, msg: "x", level: 1 } }, "w1");

  expect(written).toMatchObject([
    { run: "01RUN", run_: 7, event_: "click", msg: "reading", msg_: "x", level: 30, level_: 1 },
  ]);
  expect(written[0]).not.toHaveProperty("event");
});

test("a remark names its event, who recorded it, and the attempt", () => {
  const { display, written } = open();
  const event = {
    type: "TaskStarted",
    data: { key: "extract#1", attempt: 2, worker: "w2" },
    actor: "worker:w2",
    position: 9,
    recordedAt: 5,
  } as unknown as RecordedEvent;

  display.observe(run, [event]);

  expect(written).toMatchObject([
    { ...envelope, task: "extract-0", attempt: 2, worker: "w2", event: "TaskStarted", level: 20 },
  ]);
});

test("what is below the level is not written", () => {
  const { display, written } = open("warn");

  display.write(run, line, "w1");

  expect(written).toEqual([]);
});
