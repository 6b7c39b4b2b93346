import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import { RunHistory } from "../../../../web/run/history/run-history.ts";
import { callsOf } from "../../../../web/run/timeline/calls.ts";
import { densityOf, StackCount } from "../../../../web/run/timeline/density.ts";
import { tallyOf } from "../../../../web/run/timeline/tally.ts";
import { createTimeAxis } from "../../../../web/run/timeline/time-axis.ts";
import { wholeAxis } from "../../../../web/run/timeline/window.ts";
import { randomHistory } from "../../../support/random-histories.ts";
import { wideRun } from "../../../support/wide-run.ts";

test("a stack that is followed from moment to moment counts what one that was never seen before does", () => {
  fc.assert(
    fc.property(
      randomHistory(60),
      fc.array(fc.nat(200), { maxLength: 12 }),
      fc.nat(3),
      (tell, places, zoom) => {
        const events = tell("r");
        const history = new RunHistory("r");
        history.append(events);
        const head = history.stateAt(events.length);
        const { createdAt, updatedAt } = head.summary;
        const axis = createTimeAxis({ from: createdAt, to: updatedAt });
        const window = zoom === 0 ? wholeAxis : { start: zoom * 0.1, end: zoom * 0.3 };
        const strip = { axis, window, columns: 40 };
        const calls = callsOf(head);
        const count = new StackCount(calls, strip);

        for (const place of [...places, events.length]) {
          const n = place % (events.length + 1);
          const at = events[n - 1]?.recordedAt ?? createdAt;
          count.follow(history.stateAt(n));

          const fresh = pictureAt(events, n);
          expect([...count.tally()]).toEqual([...tallyOf(fresh, calls)]);
          expect(count.density(at)).toEqual(densityOf(fresh, calls, { ...strip, at }));
        }
      },
    ),
    { numRuns: 100 },
  );
});

const eventsPerSnapshot = 500;

test("a step looks at the calls that it changed, of thousands", () => {
  const events = wideRun({ tasks: 4_000 });
  const history = new RunHistory("wide");
  history.append(events);
  const head = history.stateAt(events.length);
  const { createdAt, updatedAt } = head.summary;
  const axis = createTimeAxis({ from: createdAt, to: updatedAt });
  const count = new StackCount(callsOf(head), { axis, window: wholeAxis, columns: 600 });
  const looked = (n: number): number => {
    count.follow(history.stateAt(n));
    return count.looked;
  };

  expect(looked(8_000)).toBe(4_000);
  expect(looked(8_001)).toBeLessThanOrEqual(1);
  expect(looked(8_101)).toBeLessThanOrEqual(100);
  expect(looked(8_100)).toBeLessThanOrEqual(eventsPerSnapshot); // it was folded again from there
  expect(history.stateAt(events.length)).toBe(head); // looking back makes no other present
});
