import { expect, test } from "vitest";
import type { Payload } from "../../../src/events/fields.ts";
import { TimerFired } from "../../../src/events/timer-events.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { replayHistory } from "../../../src/workers/replay-history.ts";
import { HistoryByHand } from "../../support/history-by-hand.ts";
import { flow } from "../../support/record-flow.ts";

const payloads = {
  get: async (_run: string, given: readonly Payload[]) =>
    given.filter((payload) => payload instanceof Uint8Array),
};

/** Two sleeps end in one turn; a turn of Node's loop after the first one, the flow sleeps again. */
function history(): HistoryByHand {
  return new HistoryByHand("r1")
    .created("napping", { input: undefined })
    .turn()
    .sleep("sleep#1", 1)
    .sleep("sleep#2", 2)
    .add(TimerFired.make({ key: "sleep#1" }))
    .add(TimerFired.make({ key: "sleep#2" }))
    .turn([-2, -1])
    .sleep("sleep#3", 3, 0);
}

test("a replay waits for work that Millrace does not know before it gives the next fact", async () => {
  const napping = flow("napping", { guard: "off" }, async () => {
    const first = async (): Promise<void> => {
      await sleep(1);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      await sleep(3);
    };
    await Promise.all([first(), sleep(2)]);
  });
  const { events } = history();

  const given = { run: "r1", name: "r1", flow: "napping", events: async () => events, payloads };
  const report = await replayHistory(() => napping.spec, given);

  expect(report).toMatchObject({ result: "same", turns: 2, problem: null });
});
