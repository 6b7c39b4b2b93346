import { describe, expect, test } from "vitest";
import type { RunLog } from "../../src/engine/run-log.ts";
import {
  blocked,
  completed,
  createOwned,
  createWaiting,
  newRunId,
  step,
  tell,
  timerFired,
  turn,
  typesOf,
  unblocked,
} from "./log-suite-events.ts";

/** Parking, blocking and taking runs: the second half of `describeRunLog`. */
export function describeClaims(theLog: () => RunLog): void {
  describePark(theLog);
  describeBlock(theLog);
  describeClaim(theLog);
}

function describePark(theLog: () => RunLog): void {
  describe("park", () => {
    test("is refused as busy when facts arrived, writes nothing and tells them", async () => {
      const log = theLog();
      const run = await createOwned(log);
      await tell(log, run, timerFired("a"));

      const refused = await step(log, run, { events: [turn(1)], after: "park" });

      expect(refused).toMatchObject({ status: "busy", position: 2, owner: "w1", events: [{ position: 2 }] });
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TimerFired"]);
      const parked = await step(log, run, { events: [turn(1)], batch: 2, seen: 2, after: "park" });
      expect(parked).toMatchObject({ status: "ok", position: 3, events: [] });
    });

    test("lets the run go: the owner is fenced, facts name no owner, anybody may claim", async () => {
      const log = theLog();
      const run = await createOwned(log);
      await step(log, run, { after: "park" });

      const late = await step(log, run, { events: [turn(1)], batch: 3 });
      const fact = await tell(log, run, timerFired("a"));
      const claim = await log.claim(run, "w2", { instead: null });

      expect(late).toMatchObject({ status: "fenced", owner: "" });
      expect(fact).toMatchObject({ status: "ok", position: 2, owner: "" });
      expect(claim).toMatchObject({ status: "ok", owner: { worker: "w2", epoch: 2 } });
    });

    test("is known again when it is sent again, also after a fact; not after a claim", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const park = { events: [turn(1)], after: "park" } as const;
      await step(log, run, park);
      await tell(log, run, timerFired("a"));

      const again = await step(log, run, park);
      await log.claim(run, "w1", { instead: null });
      const late = await step(log, run, park);

      expect(again).toMatchObject({ status: "again", position: 2, events: [] });
      expect(late).toMatchObject({ status: "fenced", owner: "w1" });
      expect(await typesOf(log, run)).toEqual(["RunCreated", "TurnTaken", "TimerFired"]);
    });
  });
}

function describeBlock(theLog: () => RunLog): void {
  describe("block", () => {
    test("keeps everybody from claiming until somebody unblocks the run", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const block = { events: [blocked()], after: "block" } as const;

      expect(await step(log, run, block)).toMatchObject({ status: "ok", position: 2 });
      expect(await step(log, run, block)).toMatchObject({ status: "again", position: 2 });
      expect(await log.claim(run, "w2", { instead: null })).toMatchObject({ status: "blocked", events: [] });
      expect(await tell(log, run, timerFired("a"))).toMatchObject({ status: "ok", position: 3 });
      expect(await log.claim(run, "w2", { instead: null })).toMatchObject({ status: "blocked" });
      expect(await tell(log, run, unblocked(), { unblock: true })).toMatchObject({ status: "ok", owner: "" });
      const claim = await log.claim(run, "w2", { instead: null });
      expect(claim).toMatchObject({ status: "ok", owner: { worker: "w2", epoch: 2 } });
      expect(claim.events).toHaveLength(4);
    });

    test("does not take a run from its owner when somebody unblocks it", async () => {
      const log = theLog();
      const run = await createOwned(log);

      const answer = await tell(log, run, unblocked(), { unblock: true });

      expect(answer).toMatchObject({ status: "ok", owner: "w1" });
      expect(await step(log, run, { events: [turn(1)], seen: 2 })).toMatchObject({ status: "ok" });
    });
  });
}

function describeClaim(theLog: () => RunLog): void {
  describe("claim", () => {
    const free = { instead: null };

    test("gives the whole history, and an epoch above the one before", async () => {
      const log = theLog();
      const run = await createWaiting(log);
      await tell(log, run, timerFired("a"));

      const claim = await log.claim(run, "w2", free);

      expect(claim).toMatchObject({ status: "ok", owner: { worker: "w2", epoch: 1 }, problem: null });
      expect(claim.events).toEqual(await log.readAfter(run, 0));
      const commit = await step(log, run, { owner: claim.owner, batch: 1, seen: 2, events: [turn(1)] });
      expect(commit).toMatchObject({ status: "ok", position: 3 });
    });

    test("is won by one of ten that race", async () => {
      const log = theLog();
      const run = await createWaiting(log);
      const racers = Array.from({ length: 10 }, (_, index) => `w${index}`);

      const claims = await Promise.all(racers.map(async (racer) => log.claim(run, racer, free)));

      const winner = claims.find(({ status }) => status === "ok")?.owner;
      expect(claims.filter(({ status }) => status === "owned")).toHaveLength(9);
      expect(claims.map(({ owner }) => owner)).toEqual(racers.map(() => winner));
    });

    test("leaves a run with its owner, and names it", async () => {
      const log = theLog();
      const run = await createOwned(log);

      const claim = await log.claim(run, "w2", free);
      const byItself = await log.claim(run, "w1", free);

      expect(claim).toMatchObject({ status: "owned", owner: { worker: "w1", epoch: 1 }, events: [] });
      expect(byItself).toMatchObject({ status: "owned", owner: { worker: "w1", epoch: 1 } });
    });

    test("takes the place of a dead owner, only while the run is still that owner's", async () => {
      const log = theLog();
      const run = await createOwned(log);
      const dead = { worker: "w1", epoch: 1 };

      const other = await log.claim(run, "w2", { instead: { worker: "w1", epoch: 7 } });
      const taken = await log.claim(run, "w2", { instead: dead });
      const late = await log.claim(run, "w3", { instead: dead });

      expect(other).toMatchObject({ status: "owned", owner: dead });
      expect(taken).toMatchObject({ status: "ok", owner: { worker: "w2", epoch: 2 } });
      expect(late).toMatchObject({ status: "owned", owner: { worker: "w2", epoch: 2 } });
      expect(await step(log, run, { owner: dead })).toMatchObject({ status: "fenced", owner: "w2" });
    });

    test("finds nothing to do for an ended and for a missing run", async () => {
      const log = theLog();
      const run = await createOwned(log);
      await step(log, run, { events: [completed()], after: "end" });

      expect(await log.claim(run, "w2", free)).toMatchObject({ status: "closed", events: [] });
      expect(await log.claim(newRunId(), "w2", free)).toMatchObject({ status: "missing", events: [] });
    });

    test("begins a count of batches of its own", async () => {
      const log = theLog();
      const run = await createOwned(log);
      await step(log, run, { events: [turn(1)], batch: 2 });
      await step(log, run, { batch: 3, seen: 2, after: "park" });
      const { owner } = await log.claim(run, "w1", free);

      const commit = await step(log, run, { owner, batch: 3, seen: 2, events: [turn(2, owner.epoch)] });

      expect(commit).toMatchObject({ status: "ok", position: 3 });
    });

    test("is not shaken by facts between: reading goes on where the history ended", async () => {
      const log = theLog();
      const run = await createWaiting(log);
      const { events } = await log.claim(run, "w2", free);
      await tell(log, run, timerFired("a"));
      await tell(log, run, timerFired("b"));

      const news = await log.readAfter(run, events.length);

      expect(news.map(({ position, actor }) => [position, actor])).toEqual([
        [2, "client:suite"],
        [3, "client:suite"],
      ]);
      expect(await log.readAfter(run, 3)).toEqual([]);
    });
  });
}
