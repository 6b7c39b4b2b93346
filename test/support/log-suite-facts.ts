import { describe, expect, test } from "vitest";
import type { RunLog } from "../../src/engine/run-log.ts";
import {
  completed,
  createOwned,
  createWaiting,
  newRunId,
  step,
  taskDone,
  tell,
  timerFired,
  turn,
  typesOf,
} from "./log-suite-events.ts";

/** What anybody may say about a run: a part of `describeRunLog`. */
export function describeFacts(theLog: () => RunLog): void {
  describe("a fact", () => {
    test("is recorded once, whoever of twenty writers is first", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const writers = Array.from({ length: 20 }, (_, index) => taskDone("a", index));

      const answers = await Promise.all(
        writers.map(async (event) => tell(log, run, event, { dedupeKey: "end a" })),
      );

      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([...Array.from({ length: 19 }, () => "again"), "ok"]);
      expect(new Set(answers.map(({ position }) => position))).toEqual(new Set([2]));
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TaskCompleted"]);
    });

    test("without a key is recorded as often as it is told", async () => {
      const log = theLog();
      const run = await createOwned(log);

      await Promise.all([tell(log, run, timerFired("a")), tell(log, run, timerFired("a"))]);

      expect(await typesOf(log, run)).toEqual(["RunCreated", "TimerFired", "TimerFired"]);
    });

    test("finds its place among racing facts and commits, without gaps", async () => {
      const log = theLog();
      const run = await createOwned(log);

      const facts = Array.from({ length: 40 }, async (_, index) => tell(log, run, timerFired(`${index}`)));
      const commits = [2, 3, 4].map(async (batch) => step(log, run, { events: [turn(batch)], batch }));
      const answers = await Promise.all([...facts, ...commits]);

      const positions = answers.map(({ position }) => position).sort((a, b) => a - b);
      expect(positions).toEqual(Array.from({ length: 43 }, (_, index) => index + 2));
      expect(await typesOf(log, run)).toHaveLength(44);
    });

    test("answers the events that its writer did not know, without itself", async () => {
      const log = theLog();
      const run = await createWaiting(log);
      await tell(log, run, timerFired("a"));

      const answer = await tell(log, run, timerFired("b"), { seen: 1 });

      expect(answer).toMatchObject({ status: "ok", position: 3, owner: "" });
      expect(answer.events.map(({ position }) => position)).toEqual([2]);
    });

    test("answers no more than its writer asks for, also when it was recorded before", async () => {
      const log = theLog();
      const run = await createOwned(log);
      for (const key of ["a", "b", "c"]) await tell(log, run, timerFired(key));

      const options = { dedupeKey: "d", seen: 1, upTo: 2 };
      const answers = [
        await tell(log, run, timerFired("d"), options),
        await tell(log, run, timerFired("d"), options),
        await tell(log, run, timerFired("e"), { seen: 4, upTo: 9 }),
      ];

      expect(answers.map(({ status }) => status)).toEqual(["ok", "again", "ok"]);
      expect(answers.map(({ events }) => events.map(({ position }) => position))).toEqual([[2], [2], [5]]);
    });

    test("tells the owner of the run; an ended run takes none, a missing one neither", async () => {
      const log = theLog();
      const owned = await createOwned(log);
      const ended = await createOwned(log);
      await step(log, ended, { events: [completed()], after: "end" });

      expect(await tell(log, owned, timerFired("a"))).toMatchObject({ status: "ok", owner: "w1" });
      expect(await tell(log, ended, timerFired("a"))).toMatchObject({ status: "closed", events: [] });
      expect(await tell(log, newRunId(), timerFired("a"))).toMatchObject({ status: "closed", position: 0 });
      expect(await typesOf(log, ended)).toEqual(["RunCreated", "RunCompleted"]);
    });
  });
}
