import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import type { RunPicture } from "../../../../src/projections/run-picture.ts";
import { toPlain } from "../../../../src/server/contract/to-plain.ts";
import { fromWire, toWire, type WireEvent } from "../../../../src/server/contract/wire-event.ts";
import { pictureFromPlain } from "../../../../web/run/history/picture-from-plain.ts";
import { RunHistory } from "../../../../web/run/history/run-history.ts";
import { randomHistory } from "../../../support/random-histories.ts";
import { wideRun } from "../../../support/wide-run.ts";

/** The same picture in maps and lists of its own: a fork has maps of another class. */
const plain = (value: RunPicture): unknown =>
  JSON.parse(JSON.stringify(value, (_, field: unknown) => (field instanceof Map ? [...field] : field)));

describe("the history of a run in the browser", () => {
  test("has at any event the state that the server's fold has, in whatever order one asks", () => {
    fc.assert(
      fc.property(randomHistory(60), fc.infiniteStream(fc.nat(200)), (tell, places) => {
        const events = tell("r");
        const history = new RunHistory("r");
        history.append(events);
        const seen: { n: number; picture: RunPicture }[] = [];

        for (const place of places.take(12)) {
          const n = place % (events.length + 1);
          seen.push({ n, picture: history.stateAt(n) });
        }

        for (const { n, picture } of seen) expect(plain(picture)).toEqual(plain(pictureAt(events, n)));
      }),
      { numRuns: 300 },
    );
  });

  test("is the server's state after the wire, too: as JSON there and back", () => {
    fc.assert(
      fc.property(randomHistory(40), fc.nat(200), (tell, place) => {
        const events = tell("r");
        const wired: readonly WireEvent[] = JSON.parse(
          JSON.stringify(events.map((event) => toWire(event, new Map([["input", { a: 1 }]]), 9))),
        );
        const history = new RunHistory("r");
        history.append(wired.map(fromWire));
        const n = place % (events.length + 1);

        const answered: Readonly<Record<string, unknown>> = JSON.parse(
          JSON.stringify(toPlain(pictureAt(events, n))),
        );

        expect(toPlain(history.stateAt(n))).toEqual(answered);
        expect(toPlain(pictureFromPlain("r", answered))).toEqual(answered);
      }),
      { numRuns: 300 },
    );
  });

  test("is right across its snapshots, and what it gave away stays as it was", () => {
    const events = wideRun({ tasks: 1_200 });
    const history = new RunHistory("wide");
    history.append(events);
    const places = [0, 1, 499, 500, 501, 1_234, 2_000, events.length, 3, 2_001, 1_000];

    const seen = places.map((n) => history.stateAt(n));

    for (const [index, n] of places.entries())
      expect(plain(seen[index]!), `after event ${n}`).toEqual(plain(pictureAt(events, n)));
  });

  test("grows with the stream: repeated events are passed over, and a gap ends what it takes", () => {
    const events = wideRun({ tasks: 20 });
    const history = new RunHistory("wide");

    expect(history.append(events.slice(0, 10))).toBe(10);
    expect(history.append(events.slice(5, 12))).toBe(2);
    expect(history.append(events.slice(20))).toBe(0);
    const before = history.stateAt(12);
    expect(history.append(events.slice(12))).toBe(events.length - 12);

    expect(plain(history.stateAt(Infinity))).toEqual(plain(pictureAt(events, events.length)));
    expect(plain(before)).toEqual(plain(pictureAt(events, 12)));
    expect(history.eventAt(7)?.position).toBe(7);
    expect(history.eventAt(0)).toBeNull();
  });

  test("shares what did not change between two states, so that a screen need not draw it again", () => {
    const events = wideRun({ tasks: 600 });
    const history = new RunHistory("wide");
    history.append(events);

    const [one, other] = [history.stateAt(1_400), history.stateAt(1_402)];

    const same = [...one.tasks].filter(([key, task]) => other.tasks.get(key) === task).length;
    expect(same).toBeGreaterThan(590);
    expect(same).toBeLessThan(600);
  });
});
