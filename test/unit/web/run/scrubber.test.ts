import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRunSearch, readZoom, writeZoom } from "../../../../web/run/run-search.ts";
import { markersOf, nextFailure, thinMarkers } from "../../../../web/run/scrubber/markers.ts";
import { advance, speeds } from "../../../../web/run/scrubber/playback.ts";
import { wideRun } from "../../../support/wide-run.ts";

describe("marks", () => {
  const events = wideRun({ tasks: 200 });
  const markers = markersOf(events);

  test("are at failures, and one can go from one to the next and back", () => {
    const positions = markers.map(({ position }) => position);
    expect(positions.map((position) => events[position - 1]!.type)).toEqual(
      positions.map(() => expect.stringMatching(/^Task(Failed|AttemptFailed)$/)),
    );

    const walked: number[] = [];
    for (let at = nextFailure(markers, 0, 1); at !== null; at = nextFailure(markers, at, 1)) walked.push(at);
    expect(walked).toEqual(positions);
    expect(nextFailure(markers, positions[1]!, -1)).toBe(positions[0]);
    expect(nextFailure(markers, positions[0]!, -1)).toBeNull();
  });

  test("are few on the screen, however many there are, and failures stay", () => {
    const many = Array.from({ length: 9_000 }, (_, index) => ({
      position: index + 1,
      kind: index === 4_321 ? ("failure" as const) : ("wait" as const),
    }));

    const thin = thinMarkers(many, 9_000, 120);

    expect(thin).toHaveLength(120);
    expect(thin.filter(({ kind }) => kind === "failure")).toEqual([{ position: 4_322, kind: "failure" }]);
  });
});

describe("a playback", () => {
  const atOf = (n: number): number => [0, 0, 100, 100, 90_000][n] ?? 0; // a night before the last one
  const play = (speed: (typeof speeds)[number], ms: number) =>
    advance({ n: 1, stayedMs: 0 }, ms, { speed, last: 4, atOf });

  test("keeps the pace of the run, shortens nights, and stretches bursts", () => {
    expect(play(1, 99)).toEqual({ n: 1, stayedMs: 99 });
    expect(play(1, 100)).toEqual({ n: 2, stayedMs: 0 });
    expect(play(1, 114)).toEqual({ n: 2, stayedMs: 14 });
    expect(play(1, 1_114)).toEqual({ n: 3, stayedMs: 999 });
    expect(play(1, 1_115)).toEqual({ n: 4, stayedMs: 0 });
    expect(play(0.5, 200).n).toBe(2);
    expect(play(16, 70).n).toBe(4);
  });

  test("arrives at the same place in few large steps as in many small ones", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 30 }), fc.constantFrom(...speeds), (steps, speed) => {
        const tape = { speed, last: 4, atOf };
        let point = { n: 1, stayedMs: 0 };
        for (const ms of steps) point = advance(point, ms, tape);
        const total = steps.reduce((sum, ms) => sum + ms, 0);
        expect(point).toEqual(advance({ n: 1, stayedMs: 0 }, total, tape));
      }),
    );
  });
});

describe("the address of a run's screen", () => {
  test("takes anything, and keeps what makes sense", () => {
    expect(
      readRunSearch({
        tab: "events",
        at: "12",
        call: 42,
        zoom: "1..5",
        group: "worker",
        errors: "true",
        idle: "shown",
      }),
    ).toEqual({
      tab: "events",
      at: 12,
      call: "42",
      zoom: "1..5",
      group: "worker",
      errors: true,
      idle: "shown",
    });
    expect(
      readRunSearch({ tab: "<script>", at: -3, call: "", zoom: "5..1", group: "x", attempt: 1.5, errors: 1 }),
    ).toEqual({});
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (search) => {
        const read = readRunSearch(search);
        expect(readRunSearch({ ...read })).toEqual(read);
      }),
    );
  });

  test("writes a zoom that it reads again", () => {
    expect(readZoom(writeZoom({ fromMs: 1_200.4, toMs: 5_300.2 }))).toEqual({ fromMs: 1_200, toMs: 5_300 });
    expect(readZoom(writeZoom({ fromMs: 1.2346, toMs: 2.5 }))).toEqual({ fromMs: 1.235, toMs: 2.5 });
    expect(readZoom("a..b")).toBeNull();
  });
});
