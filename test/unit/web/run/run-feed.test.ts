import { expect, test } from "vitest";
import { pictureAt } from "../../../../src/projections/fold-picture.ts";
import { toPlain } from "../../../../src/server/contract/to-plain.ts";
import { toWire, type WireEvent } from "../../../../src/server/contract/wire-event.ts";
import { type FeedSource, RunFeed } from "../../../../web/run/history/run-feed.ts";
import { wideRun } from "../../../support/wide-run.ts";

/** A server with the first `known` events of a run; more come with time. */
class Server implements FeedSource {
  readonly wired: readonly WireEvent[];
  known: number;
  readonly asked: string[] = [];
  readonly #tasks: number;

  constructor(tasks: number, known = Number.POSITIVE_INFINITY) {
    this.#tasks = tasks;
    this.wired = wideRun({ tasks }).map((event) => toWire(event, new Map(), 50));
    this.known = Math.min(known, this.wired.length);
  }

  events: FeedSource["events"] = async (after, limit, fromEnd) => {
    this.asked.push(fromEnd ? "newest" : `after ${after}`);
    const all = this.wired.slice(0, this.known);
    const events = fromEnd ? all.slice(-limit).reverse() : all.slice(after, after + limit);
    return { events, last: this.known };
  };

  state: FeedSource["state"] = async () => {
    this.asked.push("state");
    const state = toPlain(this.pictureAt(this.known)) as Readonly<Record<string, unknown>>;
    return { position: this.known, state };
  };

  pictureAt(n: number) {
    return pictureAt(wideRun({ tasks: this.#tasks }), n);
  }
}

test("a short run is one question", async () => {
  const server = new Server(50);
  const feed = new RunFeed("wide", server);

  await feed.load();

  expect(server.asked).toEqual(["after 0"]);
  expect(feed.view()).toMatchObject({ length: server.known, last: server.known, isWhole: true, error: null });
  expect(toPlain(feed.stateAt(60))).toEqual(toPlain(server.pictureAt(60)));
});

test("of a long run the newest state and events are there before the middle is", async () => {
  const server = new Server(2_000);
  const feed = new RunFeed("wide", server);
  const early: { readonly length: number; readonly tasks: number; readonly hasNewest: boolean }[] = [];
  feed.watch(() => {
    const { length, last, eventAt, isWhole } = feed.view();
    if (!isWhole)
      early.push({ length, tasks: feed.stateAt(last).tasks.size, hasNewest: eventAt(last) !== null });
  });

  await feed.load();

  expect(early).toContainEqual({ length: 500, tasks: 2_000, hasNewest: true });
  expect(early.every(({ tasks }) => tasks === 2_000)).toBe(true); // the past is never shown as the present
  expect(server.asked.slice(0, 3)).toEqual(["after 0", "state", "newest"]);
  expect(feed.view().isWhole).toBe(true);
  expect(toPlain(feed.stateAt(server.known))).toEqual(toPlain(server.pictureAt(server.known)));
  expect(new Set(server.asked).size).toBe(server.asked.length); // nothing is asked twice
});

test("live events are taken; a gap is fetched; what was there already changes nothing", async () => {
  const server = new Server(100, 120);
  const feed = new RunFeed("wide", server);
  await feed.load();

  feed.hear(server.wired.slice(100, 140));
  expect(feed.view()).toMatchObject({ length: 140, isWhole: true });
  feed.hear(server.wired.slice(10, 20));
  expect(feed.view().length).toBe(140);

  server.known = 200;
  feed.hear(server.wired.slice(180, 200)); // the stream began too late
  await feed.load();

  expect(feed.view()).toMatchObject({ length: 200, last: 200, isWhole: true });
  expect(server.asked).toEqual(["after 0", "after 140"]);
  expect(toPlain(feed.stateAt(200))).toEqual(toPlain(server.pictureAt(200)));
});

test("a server that fails is reported, and asked again on demand", async () => {
  const server = new Server(50);
  const answer = server.events;
  server.events = async () => {
    throw new Error("away");
  };
  const feed = new RunFeed("wide", server);

  await feed.load();
  expect(feed.view()).toMatchObject({ isWhole: false, error: new Error("away") });

  server.events = answer;
  await feed.load();
  expect(feed.view()).toMatchObject({ isWhole: true, error: null });
});
