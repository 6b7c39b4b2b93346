import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunLog } from "../../src/engine/run-log.ts";
import { describeClaims } from "./log-suite-claims.ts";
import {
  actor,
  completed,
  created,
  createOwned,
  first,
  newRunId,
  step,
  taskDone,
  tell,
  timerFired,
  turn,
  typesOf,
} from "./log-suite-events.ts";
import { describeFacts } from "./log-suite-facts.ts";

export interface OpenLog {
  readonly log: RunLog;
  readonly close: () => Promise<void>;
}

/** What every RunLog must do, a store's and a model's alike. `open` is called once. */
export function describeRunLog(name: string, open: () => Promise<OpenLog>): void {
  describe(`the log of ${name}`, () => {
    let opened: OpenLog;
    const theLog = (): RunLog => opened.log;

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened.close());

    describeCreate(theLog);
    describeOwnerCommits(theLog);
    describeFacts(theLog);
    describeClaims(theLog);
  });
}

function describeCreate(theLog: () => RunLog): void {
  describe("create", () => {
    const create = { actor, owner: first, ends: false, dueInMs: null };

    test("writes the events of a new run from position 1 on", async () => {
      const log = theLog();
      const run = newRunId();

      const answer = await log.create({ ...create, run, events: [created(), turn(1)] });

      expect(answer).toMatchObject({ status: "ok", position: 2, owner: "w1", events: [] });
      const [event, next] = await log.readAfter(run, 0);
      const shared = { run, actor, recordedAt: answer.now };
      expect(event).toMatchObject({
        ...shared,
        type: "RunCreated",
        position: 1,
        data: { name: "brisk-otter" },
      });
      expect(next).toMatchObject({ ...shared, ...turn(1), position: 2 });
    });

    test("is written once when it is sent again", async () => {
      const log = theLog();
      const run = newRunId();
      await log.create({ ...create, run, events: [created(), turn(1)] });

      const again = await log.create({ ...create, run, events: [created(), turn(1)] });

      expect(again).toMatchObject({ status: "again", position: 2, events: [] });
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TurnTaken"]);
    });

    test("answers its own position when it is sent again after a fact", async () => {
      const log = theLog();
      const run = await createOwned(log);
      await tell(log, run, timerFired("early"));

      const again = await log.create({ ...create, run, events: [created()] });

      expect(again).toMatchObject({ status: "again", position: 1 });
    });

    test("refuses an id that another run has", async () => {
      const log = theLog();
      const run = await createOwned(log);

      const answer = await log.create({ ...create, run, events: [created("other-name")] });

      expect(answer.status).toBe("exists");
      expect(await typesOf(log, run)).toEqual(["RunCreated"]);
    });

    test("can end the run in the same commit, and is known again", async () => {
      const log = theLog();
      const run = newRunId();
      const whole = { ...create, run, events: [created(), turn(1), completed()], ends: true };

      const answer = await log.create(whole);

      expect(answer).toMatchObject({ status: "ok", position: 3 });
      expect(await log.create(whole)).toMatchObject({ status: "again", position: 3 });
      expect(await tell(log, run, timerFired("late"))).toMatchObject({ status: "closed" });
      expect(await log.claim(run, "w2", { instead: null })).toMatchObject({ status: "closed" });
    });

    test("leaves no doubt about the writer when two create the same id", async () => {
      const log = theLog();
      const run = newRunId();

      const answers = await Promise.all(
        ["one", "two"].map(async (name) => log.create({ ...create, run, events: [created(name)] })),
      );

      expect(answers.map(({ status }) => status).sort()).toEqual(["exists", "ok"]);
      expect(await typesOf(log, run)).toEqual(["RunCreated"]);
    });
  });
}

function describeOwnerCommits(theLog: () => RunLog): void {
  describe("the owner's commits", () => {
    test("stand one after the other", async () => {
      const log = theLog();
      const run = await createOwned(log);

      const one = await step(log, run, { events: [turn(1), taskDone("a")], batch: 2 });
      const two = await step(log, run, { events: [turn(2)], batch: 3, seen: 3 });

      expect([one, two]).toMatchObject([
        { status: "ok", position: 3, owner: "w1" },
        { status: "ok", position: 4, owner: "w1" },
      ]);
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TurnTaken", "TaskCompleted", "TurnTaken"]);
    });

    test("are written once when they are sent again, with the same answer", async () => {
      const log = theLog();
      const run = await createOwned(log);
      await tell(log, run, timerFired("before"));
      const sent = { events: [turn(1)], batch: 2, seen: 1 };
      const answer = await step(log, run, sent);
      await tell(log, run, timerFired("after"));

      const again = await step(log, run, sent);

      expect(answer).toMatchObject({ status: "ok", position: 3, events: [{ position: 2 }] });
      expect(again).toMatchObject({ status: "again", position: 3, events: [{ position: 2 }] });
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TimerFired", "TurnTaken", "TimerFired"]);
    });

    test.each([
      ["an older epoch", { worker: "w1", epoch: 0 }],
      ["a newer epoch", { worker: "w1", epoch: 2 }],
      ["another worker", { worker: "w2", epoch: 1 }],
    ])("are refused with %s", async (_what, owner) => {
      const log = theLog();
      const run = await createOwned(log);

      const answer = await step(log, run, { events: [turn(1)], owner });

      expect(answer).toMatchObject({ status: "fenced", owner: "w1" });
      expect(await typesOf(log, run)).toEqual(["RunCreated"]);
    });

    test("are refused after the end, except the one that ended the run", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const last = { events: [turn(1), completed()], after: "end" } as const;
      await step(log, run, last);

      const again = await step(log, run, last);
      const other = await step(log, run, { ...last, batch: 3 });

      expect(again).toMatchObject({ status: "again", position: 3 });
      expect(other).toMatchObject({ status: "closed" });
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TurnTaken", "RunCompleted"]);
    });

    test("answer what others wrote, each once and in order", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const learned: number[] = [];
      let seen = 1;

      for (let batch = 2; batch < 12; batch += 1) {
        for (let index = 0; index < batch % 4; index += 1)
          await tell(log, run, timerFired(`${batch}.${index}`));
        const answer = await step(log, run, { events: [turn(batch - 1)], batch, seen });
        learned.push(...answer.events.map(({ position }) => position));
        seen = answer.position;
      }

      const all = await log.readAfter(run, 0);
      const facts = all.filter(({ type }) => type === "TimerFired").map(({ position }) => position);
      expect(learned).toEqual(facts);
      expect(facts).toHaveLength(17);
    });

    test("may hold 10,000 events", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const events = Array.from({ length: 10_000 }, (_, index) => taskDone(`t#${index}`, index));

      const answer = await step(log, run, { events });

      expect(answer).toMatchObject({ status: "ok", position: 10_001 });
      expect(await typesOf(log, run)).toHaveLength(10_001);
      expect(await step(log, run, { events })).toMatchObject({ status: "again", position: 10_001 });
    });
  });
}
