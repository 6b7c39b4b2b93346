import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Event } from "../../../src/events/catalog.ts";
import { decodeEvent, encodeEvent, encodeValue } from "../../../src/events/codec.ts";
import type { RecordedEvent } from "../../../src/events/envelope.ts";
import { TaskFailed } from "../../../src/events/task-events.ts";
import { projections } from "../../../src/projections/all.ts";
import { View } from "../../../src/projections/view.ts";
import { historyOf } from "../../support/random-runs.ts";
import { SimRandom } from "../../support/sim-random.ts";

// In this file TaskFailed has a second version: the first one counted attempts from 0, and knew no name of the state.
vi.mock(import("../../../src/events/catalog.ts"), async (load) => {
  const original = await load();
  const { defineEvent } = await import("../../../src/events/define.ts");
  const { TaskFailed: newest } = await import("../../../src/events/task-events.ts");
  const upcasts = [
    {
      fields: ["key", "tries", "error"],
      up: ({ key, tries, error }: Readonly<Record<string, unknown>>) => ({
        key,
        attempt: Number(tries) + 1,
        error,
        name: "Failed",
      }),
    },
  ];
  const { code, about, schema } = newest;
  const twice = defineEvent("TaskFailed", { code, about, data: schema as never, upcasts });
  const catalog = original.catalog.map((entry) => (entry.code === code ? twice : entry)) as never;
  const entries = catalog as readonly (typeof original.catalog)[number][];
  return {
    ...original,
    catalog,
    definitionByType: new Map(entries.map((entry) => [entry.type, entry])),
    definitionByCode: new Map(entries.map((entry) => [entry.code, entry])),
  };
});

/** An entry as it stands in a stream; `isOld` = as the release before wrote it, where it wrote something else. */
function stored(event: Event, at: number, isOld: boolean): Buffer {
  const time = Buffer.alloc(6);
  time.writeUIntBE(at, 0, 6);
  if (!isOld || event.type !== "TaskFailed" || event.data.name !== "Failed")
    return Buffer.concat([time, encodeEvent(event, "client:x")]);
  const { key, attempt, error } = event.data;
  return Buffer.concat([time, encodeValue([TaskFailed.code, 1, "client:x", key, attempt - 1, error])]);
}

interface Story {
  readonly runs: readonly (readonly Event[])[];
  readonly order: readonly number[]; // which run the next event is of
}

function storyOf(seed: number): Story {
  const random = new SimRandom(seed);
  const runs = Array.from({ length: 1 + random.below(8) }, () => historyOf(random).flat());
  const order = runs.flatMap((events, run) => events.map(() => run));
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    [order[index], order[other]] = [order[other] ?? 0, order[index] ?? 0];
  }
  return { runs, order };
}

const start = 1_700_000_000_000;

/** The events of all runs in the order of the story; times grow within a run, and depend on nothing else. */
function eventsOf({ runs, order }: Story, isOld: boolean): readonly RecordedEvent[] {
  const positions = runs.map(() => 0);
  return order.map((run) => {
    const position = (positions[run] ?? 0) + 1;
    positions[run] = position;
    const event = runs[run]?.[position - 1];
    if (event === undefined) throw new Error("the story has too many events");
    const bytes = stored(event, start + run * 17 + position * 250, isOld);
    return decodeEvent(bytes, { run: `r${run}`, position, actor: "client:x" });
  });
}

function documentsOf(events: readonly RecordedEvent[], runs: number): unknown {
  const view = new View(projections);
  for (let run = 0; run < runs; run += 1) view.load(`r${run}`, null);
  for (const event of events) expect(view.apply(event)).toBe("applied");
  const changes = view.changes();
  return {
    runs: changes.runs.map(({ run, bytes, enters }) => `${run} ${hex(bytes)} ${enters.join(" ")}`).toSorted(),
    documents: changes.documents
      .map(({ projection, id, bytes }) => `${projection} ${id} ${hex(bytes)}`)
      .toSorted(),
  };
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}

describe("documents", () => {
  test("have the same bytes run by run as in the order of events, also from entries of an older release", () => {
    let oldOnes = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const story = storyOf(seed);
        const asItCame = eventsOf(story, false);
        const runByRun = asItCame.toSorted((one, other) =>
          one.run < other.run ? -1 : one.run > other.run ? 1 : 0,
        );
        const old = eventsOf(story, true);
        oldOnes += old.filter(({ version, type }) => type === "TaskFailed" && version === 1).length;

        const documents = documentsOf(asItCame, story.runs.length);

        expect(documentsOf(runByRun, story.runs.length)).toEqual(documents);
        expect(documentsOf(old, story.runs.length)).toEqual(documents);
      }),
      { numRuns: 150 },
    );
    expect(oldOnes).toBeGreaterThan(10);
  });

  test("have the same bytes when they were stored and loaded in between", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 40 }), (seed, every) => {
        const story = storyOf(seed);
        const events = eventsOf(story, false);
        const kept = new Map<string, Uint8Array>();
        let view = reopen(kept);
        for (const [index, event] of events.entries()) {
          if (!view.knows(event.run)) view.load(event.run, kept.get(event.run) ?? null);
          view.apply(event);
          if (index % every !== 0 && index < events.length - 1) continue;
          for (const { run, bytes } of view.changes().runs) kept.set(run, bytes);
          for (const { projection, id, bytes } of view.changes().documents)
            kept.set(`${projection} ${id}`, bytes);
          view = reopen(kept);
        }

        const whole = new View(projections);
        for (const run of story.runs.keys()) whole.load(`r${run}`, null);
        for (const event of events) whole.apply(event);
        for (const { run, bytes } of whole.changes().runs) expect(hex(kept.get(run)), run).toBe(hex(bytes));
        for (const { projection, id, bytes } of whole.changes().documents)
          expect(hex(kept.get(`${projection} ${id}`)), `${projection} ${id}`).toBe(hex(bytes));
      }),
      { numRuns: 100 },
    );
  });
});

/** A view as another process would open it. */
function reopen(kept: ReadonlyMap<string, Uint8Array>): View {
  const view = new View(projections);
  for (const { name } of projections) {
    for (const [key, bytes] of kept)
      if (key.startsWith(`${name} `)) view.loadDocument(name, key.slice(name.length + 1), bytes);
  }
  return view;
}
