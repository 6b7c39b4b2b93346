import * as fc from "fast-check";
import { expect, test } from "vitest";
import { foldPicture } from "../../../src/projections/fold-picture.ts";
import { newPicture } from "../../../src/projections/run-picture.ts";
import { toPlain } from "../../../src/server/contract/to-plain.ts";
import { fromWire, payloadOf, toWire } from "../../../src/server/contract/wire-event.ts";
import { smallValues } from "../../../src/server/runs/values.ts";
import { randomHistory } from "../../support/random-histories.ts";

test("after every event of any history, the fold of what was sent is the fold of what was recorded", () => {
  fc.assert(
    fc.property(randomHistory(), (make) => {
      const events = make("r");
      const [here, there] = [newPicture("r"), newPicture("r")];
      for (const event of events) {
        const sent = JSON.stringify(toWire(event, smallValues(event), 100));
        foldPicture(here, event);
        foldPicture(there, fromWire(JSON.parse(sent)));

        expect(JSON.stringify(toPlain(there))).toBe(JSON.stringify(toPlain(here)));
      }
    }),
    { numRuns: 60 },
  );
});

test("a small value comes along, a large one says how large it is, and none is null", () => {
  const created = {
    position: 1,
    recordedAt: 1,
    actor: "a",
    run: "r",
    version: 1,
    type: "RunStarted",
  } as const;
  const small = toWire({ ...created, data: { input: new Uint8Array([7]) } }, new Map([["input", 7]]), 9);
  const large = toWire({ ...created, data: { input: ["abc", 70_000] } }, new Map(), 9);
  const none = toWire({ ...created, data: { input: null } }, new Map(), 9);

  expect([small, large, none].map(({ data }) => payloadOf(data, "input"))).toEqual([
    { $payload: 1, value: 7 },
    { $payload: 70_000 },
    null,
  ]);
  expect(fromWire(large).data).toEqual({ input: ["", 70_000] });
});
