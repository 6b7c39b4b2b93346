import { afterAll, beforeAll, expect, test } from "vitest";
import { pictureAt } from "../../src/projections/fold-picture.ts";
import { toPlain } from "../../src/server/contract/to-plain.ts";
import { PictureShelf } from "../../src/server/runs/picture-shelf.ts";
import { StoryShelf } from "../../src/server/runs/story-shelf.ts";
import { Client } from "../../src/workers/client.ts";
import { sendSignal } from "../../src/workers/client-run.ts";
import { newRunId } from "../support/log-suite-events.ts";
import { putHistory } from "../support/put-history.ts";
import { ServerScene } from "../support/server-scene.ts";
import { wideRun } from "../support/wide-run.ts";

let scene: ServerScene;
beforeAll(async () => {
  scene = await ServerScene.open();
});
afterAll(async () => scene.close());

/** A client that counts the entries of streams that it was given. */
function countingClient(): { readonly client: Client; readonly read: () => number } {
  let entries = 0;
  const { store } = scene.work.client;
  const redis = new Proxy(store.redis, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, given);
        if (name === "xrangeBuffer" || name === "xrange")
          return Promise.resolve(answer).then((found) => {
            entries += Array.isArray(found) ? found.length : 0;
            return found;
          });
        return answer;
      };
    },
  });
  return { client: new Client({ ...store, redis }), read: () => entries };
}

test("a state that was asked for before is folded on from there, and is the state of the whole history", async () => {
  const run = await scene.work.start("nobody-serves-this");
  const { client, read } = countingClient();
  const shelf = new PictureShelf();
  const first = structuredClone(toPlain(await shelf.newest(client, run)));
  for (const key of ["a", "b", "c"])
    await sendSignal(scene.work.client, { run, signal: "news", payload: null, key });
  const before = read();

  const [second, same] = await Promise.all([shelf.newest(client, run), shelf.newest(client, run)]);

  const events = await scene.work.events(run);
  expect(first).toEqual(toPlain(pictureAt(events, events.length - 3)));
  expect(toPlain(second)).toEqual(toPlain(pictureAt(events, events.length)));
  expect(same).toBe(second);
  expect(read() - before).toBeLessThanOrEqual(events.length); // what is new, and what names its actor
});

test("a long history is read once for its state, and once for its log, however many pages are asked for", async () => {
  const run = newRunId();
  const events = wideRun({ tasks: 1_000 }, run);
  await putHistory(scene.work.client.store, events);
  const { client, read } = countingClient();
  const [pictures, stories] = [new PictureShelf(), new StoryShelf()];
  const info = { id: run, name: "wide", flow: "wide", tags: [], traceparent: null };
  await pictures.newest(client, run);
  const { id, lines } = await stories.newest(client, info);
  const [mark, length] = [read(), lines.length];

  for (let again = 0; again < 5; again += 1) {
    await pictures.newest(client, run);
    expect(await stories.newest(client, info)).toMatchObject({ id, dropped: 0 });
  }

  expect(length).toBeGreaterThan(1_000);
  expect(read() - mark).toBeLessThan(100);
});

test("the log goes on where it was: by its cursor come the lines that are new, and no other", async () => {
  const run = await scene.work.start("nobody-serves-this");
  const ask = async (after?: string) =>
    scene.get("logs", { params: { run }, query: after === undefined ? {} : { after } });
  const first = await ask();
  const nothing = await ask(first.here);
  await sendSignal(scene.work.client, { run, signal: "news", payload: null, key: "a" });
  const news = await ask(first.here);
  const strange = await ask("0badcafe.1");

  expect(first).toMatchObject({ anew: true, next: null });
  expect(nothing).toMatchObject({ anew: false, lines: [], here: first.here });
  expect(news.lines).toHaveLength(1);
  expect(news).toMatchObject({ anew: false, total: first.total + 1 });
  expect(strange).toMatchObject({ anew: true, total: news.total }); // of another reading: from the start
  expect(strange.lines).toHaveLength(news.total);
});
