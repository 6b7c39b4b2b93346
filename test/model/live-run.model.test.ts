import { describe, expect, test } from "vitest";
import { MemoryPayloads } from "../support/memory-payloads.ts";
import { aTask, WorldByHand } from "../support/sim-by-hand.ts";
import { unavailable } from "../support/sim-ports.ts";
import { runQueuedTask } from "../support/sim-tasks.ts";
import type { SimMail } from "../support/sim-world.ts";

const noMail: SimMail = { tasks: () => undefined, run: () => undefined };

/** What the simulator found once, each as its shortest story. */
describe("a run that lives in a process", () => {
  test("does not park while a retry runs that began when it was about to", async () => {
    const hand = new WorldByHand(aTask({ task: "flaky", fails: 1 }), 5_000);
    void hand.process("w1").startHere();
    await hand.settle();

    hand.pass(40); // the retry begins
    await hand.settle(/^work/);
    hand.pass(1); // the owner has waited long enough for it
    await hand.settle(/^work/);
    expect(hand.world.log.ownerOf("sim")).toMatchObject({ worker: "w1" });

    await hand.settle();
    expect(hand.types.at(-1)).toBe("RunCompleted");
  });

  describe("that parks while a retry comes due", () => {
    async function parking(): Promise<WorldByHand> {
      const parts = [aTask({ task: "remote" }), aTask({ task: "flaky", fails: 1 })];
      const hand = new WorldByHand({ kind: "all", id: 903, parts }, 20);
      void hand.process("w1").startHere();
      await hand.settle();
      hand.pass(20); // idle for so long, it parks
      await hand.settle(/^log.commit park/);
      hand.pass(20); // the retry is due, and the park under way
      await hand.settle(/^(log.commit park|work)/);
      return hand;
    }
    const attempts = ({ types }: WorldByHand): number =>
      types.filter((type) => type === "TaskAttemptFailed" || type === "TaskCompleted").length;

    test("leaves it to the next owner", async () => {
      const hand = await parking();
      expect(hand.labels).toEqual([expect.stringMatching(/^log.commit park/)]); // and no work

      await hand.settle();
      expect(hand.world.log.ownerOf("sim")).toBeNull();
      expect(attempts(hand)).toBe(1);

      void hand.process("w2").resume("sim");
      await hand.settle();
      expect(attempts(hand)).toBe(2);
    });

    test("begins it when it could not park", async () => {
      const hand = await parking();
      const [hint] = JSON.parse(hand.world.hints[0]!.label) as Parameters<typeof runQueuedTask>[1][];
      void runQueuedTask(hand.process("w2"), hint!, noMail);
      await hand.settle(/^log.commit park/);

      await hand.settle();

      expect(hand.types.at(-1)).toBe("RunCompleted");
      expect(attempts(hand)).toBe(3);
    });
  });

  test("that is dropped during its replay says nothing about its code", async () => {
    const hand = new WorldByHand(
      { kind: "seq", id: 900, parts: [aTask(), { kind: "sleep", id: 901, ms: 1 }] },
      0,
    );
    void hand.process("w1").startHere();
    await hand.settle();
    hand.pass(100_000);
    const other = hand.process("w2");
    void other.resume("sim");
    await hand.settle(/^drain/);

    other.dropOut();
    for (let count = 0; count < 10; count += 1) {
      await hand.settle();
      hand.pass(10); // it has patience with what it does not know
    }
    await hand.settle();

    expect(hand.types).not.toContain("RunBlocked");
    expect(hand.problems).toEqual([]);
  });

  test("that is dropped during a turn does not record half of it", async () => {
    const hand = new WorldByHand({ kind: "all", id: 902, parts: [aTask(), aTask()] }, null);
    const process = hand.process("w1");
    void process.startHere();
    await hand.settle(/^work/);
    const before = hand.types;
    await hand.settle(/^drain/); // the results of both are being delivered

    process.dropOut();
    await hand.settle();

    expect(hand.types).toEqual(before);
  });

  test("looks at the log now and then, as wake-ups get lost", async () => {
    const hand = new WorldByHand(aTask({ task: "remote" }), null);
    void hand.process("w1").startHere();
    await hand.settle();
    const [hint] = JSON.parse(hand.world.hints[0]!.label) as Parameters<typeof runQueuedTask>[1][];
    void runQueuedTask(hand.process("w2"), hint!, noMail);
    await hand.settle();
    expect(hand.types.at(-1)).toBe("TaskCompleted");

    hand.pass(5_000);
    await hand.settle();

    expect(hand.types.at(-1)).toBe("RunCompleted");
  });

  test("that is dropped while its hints are on their way does not park without a time to wake up", async () => {
    const hand = new WorldByHand(aTask({ task: "remote" }), 0);
    const process = hand.process("w1");
    void process.startHere();
    await hand.settle(/^hint/);

    process.dropOut();
    await hand.settle();

    expect(hand.world.log.ownerOf("sim")).toMatchObject({ worker: "w1" }); // a sweeper will find it
  });

  test("keeps the result of a task until the payload store takes it", async () => {
    const hand = new WorldByHand(aTask({ shape: "large" }), 0);
    void hand.process("w1").startHere();
    await hand.settle(/^work/);
    await hand.settle(/^payloads.put/);
    const [step] = hand.world.steps.splice(0);
    step!.reject(unavailable());
    await hand.settle();
    expect(hand.types).not.toContain("TaskCompleted");

    hand.pass(100);
    await hand.settle();

    expect(hand.types.at(-1)).toBe("RunCompleted");
  });

  test("never runs a task without its arguments, though its owner died before it could refuse them", async () => {
    const large = { kind: "value", id: 950, value: "x".repeat(1_000) } as const;
    const hand = new WorldByHand({ kind: "seq", id: 951, parts: [large, aTask()] }, 0);
    Object.assign(hand.world, { payloads: new MemoryPayloads(100, 500) });
    const process = hand.process("w1");
    void process.startHere();
    await hand.settle(/^log.commit/);
    process.kill();
    await hand.world.log.takeFrom("sim", { worker: "w1", epoch: 1 }, "sweeper");

    void hand.process("w2").resume("sim");
    await hand.settle();

    const failed = hand.world.log.eventsOf("sim").find((event) => event.type === "TaskFailed");
    expect(failed).toMatchObject({ data: { error: { code: "PAYLOAD_TOO_LARGE" } } });
  });
});
