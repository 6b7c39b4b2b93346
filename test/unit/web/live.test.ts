import { describe, expect, test } from "vitest";
import { LiveHub, type OpenSource, type SourceEvents } from "../../../web/live/hub.ts";
import { LiveStore } from "../../../web/live/live-store.ts";
import type { FromHub, ToHub } from "../../../web/live/messages.ts";
import { mergeTopics } from "../../../web/live/topics.ts";

interface Opened {
  readonly topics: readonly string[];
  readonly since: string | null;
  readonly events: SourceEvents;
  isOpen: boolean;
}

/** A hub whose streams, clock and timers are in the hands of the test. */
function openHub() {
  const opened: Opened[] = [];
  const told: FromHub[] = [];
  let timers: { readonly action: () => void; readonly ms: number }[] = [];
  let nowMs = 0;
  const open: OpenSource = (question, events) => {
    const stream: Opened = { ...question, events, isOpen: true };
    opened.push(stream);
    return () => {
      stream.isOpen = false;
    };
  };
  const later = (action: () => void, ms: number) => {
    const timer = { action, ms };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  const hub = new LiveHub({ open, later, tell: (message) => told.push(message), now: () => nowMs });
  return {
    hub,
    opened,
    told,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** Lets the waiting timers fire; answers how long they waited. */
    fire: () => {
      const due = timers;
      timers = [];
      for (const { action } of due) action();
      return due.map(({ ms }) => ms);
    },
    want: (client: string, ...topics: string[]) => hub.hear({ kind: "want", client, topics }),
  };
}

describe("the hub", () => {
  test("keeps one stream for all pages, and none when nobody wants anything", () => {
    const { opened, fire, want, hub } = openHub();
    want("one", "runs");
    want("other", "capacity", "runs");
    fire();

    expect(opened.map(({ topics }) => topics)).toEqual([["capacity", "runs"]]);

    hub.hear({ kind: "bye", client: "other" });
    fire();
    expect(opened.map(({ topics, isOpen }) => [topics, isOpen])).toEqual([
      [["capacity", "runs"], false],
      [["runs"], true],
    ]);

    hub.hear({ kind: "bye", client: "one" });
    fire();
    expect(opened.some(({ isOpen }) => isOpen)).toBe(false);
  });

  test("goes on after the last event that it passed on", () => {
    const { opened, fire, want } = openHub();
    want("one", "run:a@3");
    fire();
    opened[0]?.events.batch("c7", [{ topic: "run:a", events: [{ position: 4 }, { position: 7 }] }]);
    want("one", "run:a@3", "runs");
    fire();

    expect(opened[1]).toMatchObject({ topics: ["run:a@7", "runs"], since: "c7" });
  });

  test("goes back for a page that knows less", () => {
    const { opened, fire, want } = openHub();
    want("one", "run:a@3");
    fire();
    opened[0]?.events.batch("c7", [{ topic: "run:a", events: [{ position: 7 }] }]);
    want("late", "run:a@5");
    fire();

    expect(opened[1]?.topics).toEqual(["run:a@5"]);
  });

  test("opens a lost stream again, ever more slowly, and quickly once it was open", () => {
    const { opened, fire, want, told } = openHub();
    want("one", "runs");
    fire();
    const waits = [];
    for (let time = 0; time < 7; time += 1) {
      opened.at(-1)?.events.lost();
      waits.push(...fire());
    }
    opened.at(-1)?.events.opened();
    opened.at(-1)?.events.lost();

    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(fire()).toEqual([500]);
    expect(told).toContainEqual({ kind: "state", state: "reconnecting" });
  });

  test("tells a page that joins an open stream how it is", () => {
    const { opened, told, fire, want } = openHub();
    want("one", "runs");
    fire();
    opened[0]?.events.opened();
    told.length = 0;
    want("other", "runs");
    fire();

    expect(opened).toHaveLength(1);
    expect(told).toEqual([{ kind: "state", state: "live" }]);
  });

  test("forgets pages that have not been heard of for long", () => {
    const { opened, fire, want, pass } = openHub();
    want("gone", "capacity");
    pass(181_000);
    want("here", "runs");
    fire();

    expect(opened.at(-1)?.topics).toEqual(["runs"]);
  });
});

describe("the store of a page", () => {
  function openStore() {
    const said: ToHub[] = [];
    let hear: (message: FromHub) => void = () => undefined;
    const line = {
      send: (message: ToHub) => said.push(message),
      listen: (listener: (message: FromHub) => void) => {
        hear = listener;
      },
    };
    const store = new LiveStore({ line, client: "me", now: () => 1_040 });
    return { store, said, hear: (message: FromHub) => hear(message) };
  }

  test("wants what somebody listens to, once, and passes on only that", () => {
    const { store, said, hear } = openStore();
    const heard: unknown[] = [];
    const stop = store.subscribe("run:a@3", (item) => heard.push(item.topic));
    store.subscribe("run:a@3", () => undefined);
    hear({ kind: "items", items: [{ topic: "run:a" }, { topic: "run:b" }] });
    stop();

    expect(said.at(-1)).toEqual({ kind: "want", client: "me", topics: ["run:a@3"] });
    expect(heard).toEqual(["run:a"]);
  });

  test("measures how late the newest event is, says again when a hub begins, and tells of resets", () => {
    const { store, said, hear } = openStore();
    let resets = 0;
    store.onReset(() => {
      resets += 1;
    });
    hear({ kind: "state", state: "live" });
    hear({ kind: "items", items: [{ topic: "log", events: [{ at: 900 }, { at: 1_000 }] }] });
    hear({ kind: "hello" });
    hear({ kind: "reset" });

    expect(store.status()).toEqual({ state: "live", delayMs: 40 });
    expect(said).toHaveLength(1);
    expect(resets).toBe(1);
  });
});

test("topics of several pages become one question: a run's from the least position", () => {
  const merged = mergeTopics([["run:a@9", "runs"], ["run:a@4"], ["runs"]]);

  expect([...merged.values()]).toEqual([
    { name: "run:a", after: 4 },
    { name: "runs", after: null },
  ]);
});
