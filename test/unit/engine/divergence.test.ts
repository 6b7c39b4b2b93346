import { beforeAll, describe, expect, test } from "vitest";
import { type DivergenceCode, ReplayDiverged } from "../../../src/engine/divergence.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { flow, type RecordedRun, recordRun, task } from "../../support/record-flow.ts";
import { coldReplay } from "../../support/sim-replay.ts";

const charge = task("charge", async (amount: number) => `charged ${amount}`);
const refund = task("refund", async (amount: number) => `refunded ${amount}`);
const lenient = task("lenient", { onInputChange: "ignore" }, async (amount: number) => amount);

const recordedFlow = flow("checkout", async () => {
  const receipt = await charge(5);
  await sleep("1m");
  await refund(5);
  return receipt;
});

let recorded: RecordedRun;
beforeAll(async () => {
  recorded = await recordRun(recordedFlow.spec, undefined);
});

async function replayWith(
  body: () => Promise<unknown>,
  events?: readonly RecordedEvent[],
): Promise<ReplayDiverged> {
  const { divergence } = await coldReplay(
    flow("checkout", body).spec,
    events ?? recorded.events,
    recorded.payloads,
  );
  expect(divergence).toBeInstanceOf(ReplayDiverged);
  return divergence!;
}

/** Changed code against the history above; each would do something else than it says. */
const changedFlows: readonly (readonly [DivergenceCode, string, () => Promise<unknown>])[] = [
  ["E_DIFFERENT_CALL", "another task", async () => refund(5)],
  ["E_DIFFERENT_CALL", "a sleep instead of a task", async () => sleep("1m")],
  ["E_DIFFERENT_CALL", "a call that has another cause", async () => Promise.all([sleep("1m"), charge(5)])],
  ["E_INPUT", "another argument", async () => charge(6)],
  [
    "E_INPUT",
    "another time",
    async () => {
      await charge(5);
      await sleep("2m");
    },
  ],
  ["E_MISSING_CALL", "waits for nobody knows what", async () => new Promise(() => undefined)],
  ["E_EXTRA_CALL", "asks for more", async () => Promise.all([charge(5), charge(6)])],
  ["E_EARLY_END", "ends at once", async () => "done"],
  [
    "E_EARLY_END",
    "ends without its last call",
    async () => {
      await charge(5);
      return "done";
    },
  ],
  [
    "E_EARLY_END",
    "does not wait for its call",
    async () => {
      void charge(5);
    },
  ],
  [
    "E_NOT_DONE",
    "goes on",
    async () => {
      await charge(5);
      await sleep("1m");
      await refund(5);
      await new Promise(() => undefined);
    },
  ],
  [
    "E_RESULT",
    "gives something else",
    async () => {
      await charge(5);
      await sleep("1m");
      await refund(5);
      return "something else";
    },
  ],
  [
    "E_RESULT",
    "throws",
    async () => {
      await charge(5);
      await sleep("1m");
      await refund(5);
      throw new Error("no");
    },
  ],
];

describe("code that does something else than the history says", () => {
  test.each(changedFlows)("%s: %s", async (code, _what, body) => {
    const error = await replayWith(body);
    expect(error).toMatchObject({
      code: "REPLAY_DIVERGED",
      divergence: code,
      details: { divergence: code, run: "recorded" },
    });
  });

  const wrongCalls = changedFlows.filter(([code]) => /DIFFERENT|INPUT|EXTRA/.test(code));

  test.each(wrongCalls)("%s: %s names the place in the code now", async (_code, _what, body) => {
    const { about } = await replayWith(body);
    expect(about.actual).toMatch(/ scheduled at engine\/divergence\.test\.ts:\d+$/);
  });

  test("unchanged code repeats it", async () => {
    const { divergence, outcome } = await coldReplay(recordedFlow.spec, recorded.events, recorded.payloads);
    expect(divergence).toBeNull();
    expect(outcome).toMatchObject({ type: "COMPLETED", output: "charged 5" });
  });

  test("the text names the turn, both calls, both places, both hashes and the ways out", async () => {
    const error = await replayWith(async () => {
      await charge(5);
      await refund(1);
    });

    const [head, then, now, why, ...ways] = error.message.split("\n");
    expect(error.turn).toBe(2);
    expect(head).toBe(
      '[E_DIFFERENT_CALL] flow "checkout" run recorded, turn 2, after charge#1 completed (event 5)',
    );
    expect(then).toMatch(
      /^ {2}recorded: timer sleep#1 of 60000 ms after delivery 1 of the turn scheduled at engine\/divergence\.test\.ts:\d+ \(code \w+\)$/,
    );
    expect(now).toMatch(
      /^ {2}code now: task refund#1 input [0-9a-z]{11} after delivery 1 of the turn scheduled at engine\/divergence\.test\.ts:\d+ \(code \w+\)$/,
    );
    expect(then?.split("(code ")[1]).not.toBe(now?.split("(code ")[1]);
    expect(why).toContain(
      "The code of this flow changed since the turn was taken. The run is blocked; nothing is lost.",
    );
    expect(ways).toHaveLength(4);
    expect(ways.join("\n")).toContain('"millrace resume recorded"');
  });

  test("the same code that does something else depends on what is not recorded", async () => {
    let factor = 1;
    const fickle = flow("checkout", async () => charge(5 * factor));
    const { events, payloads } = await recordRun(fickle.spec, undefined);
    factor = 2;

    const { divergence } = await coldReplay(fickle.spec, events, payloads);

    expect(divergence).toMatchObject({ divergence: "E_INPUT", turn: 1 });
    expect(divergence?.message).toContain("it depends on something that is not recorded");
  });

  test("other arguments are fine where the task says so", async () => {
    const [before, after] = [1, 2].map((amount) =>
      flow("checkout", async () => void (await lenient(amount))),
    );
    const { events, payloads } = await recordRun(before!.spec, undefined);

    expect((await coldReplay(after!.spec, events, payloads)).divergence).toBeNull();
  });

  test("a delivered fact whose call is gone", async () => {
    const [first, ...rest] = recorded.events.filter(
      ({ type }) => type !== "TaskScheduled" && type !== "TimerStarted",
    );
    const without = [first!, ...rest].map((event, index) => ({ ...event, position: index + 1 }));
    const renumbered = without.map((event) =>
      event.type === "TurnTaken" && event.data.n > 1
        ? { ...event, data: { ...event.data, delivered: [-1] } }
        : event,
    );

    const error = await replayWith(async () => new Promise(() => undefined), renumbered);

    expect(error.divergence).toBe("E_MISSING_CALL");
    expect(error.message).toContain(
      "recorded: call charge#1, whose TaskCompleted (event 4) is delivered here",
    );
    expect(error.message).toContain("code now: no such call is open");
  });

  test("a turn under rules that this release does not have", async () => {
    const events = recorded.events.map((event) =>
      event.type === "TurnTaken" ? { ...event, data: { ...event.data, flags: [1, 77] } } : event,
    );
    const error = await replayWith(async () => charge(5), events);
    expect(error.divergence).toBe("E_FLAGS");
    expect(error.message).toContain("rules 77");
  });

  test("a failed fact and a fired timer are named, too", async () => {
    const broken = task("broken", async () => {
      throw new Error("no");
    });
    const caught = flow("checkout", async () => {
      await broken().catch(() => undefined);
      await sleep(5);
      await charge(1);
    });
    const history = await recordRun(caught.spec, undefined);
    const replayed = async (body: () => Promise<unknown>) =>
      (await coldReplay(flow("checkout", body).spec, history.events, history.payloads)).divergence?.message;

    const afterFailure = await replayed(async () => broken().catch(async () => charge(2)));
    const afterTimer = await replayed(async () => {
      await broken().catch(() => undefined);
      await sleep(5);
      await charge(2);
    });

    expect(afterFailure).toContain("turn 2, after broken#1 failed (event 5)");
    expect(afterTimer).toContain("turn 3, after sleep#1 fired (event 8)");
  });
});
