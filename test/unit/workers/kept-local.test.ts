import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { flow } from "../../../src/index.ts";
import { KeptLocal } from "../../../src/workers/kept-local.ts";
import { HandClock } from "../../support/hand-clock.ts";

const { spec } = flow("kept_flow", async () => 1);

interface Opened {
  readonly n: number;
  readonly host: {
    isLeaving: boolean;
    readonly settled: () => Promise<void>;
    readonly display: { readonly [word in "observe" | "write" | "note" | "trouble"]: () => void };
  };
  readonly store: { readonly isThere: () => boolean };
}

const nothing = (): void => undefined;
const display = { observe: nothing, write: nothing, note: nothing, trouble: nothing };

let clock: HandClock;
let said: string[]; // what was opened and closed, in order
let isThere = true;
let kept: KeptLocal<Opened>;
let canOpen = true;
beforeEach(() => {
  [clock, said, isThere, canOpen] = [new HandClock(), [], true, true];
  let count = 0;
  kept = new KeptLocal<Opened>({
    open: async () => {
      if (!canOpen) throw new Error("no Redis");
      count += 1;
      said.push(`open ${count}`);
      const host = { isLeaving: false, settled: async () => undefined, display };
      return { n: count, host, store: { isThere: () => isThere } };
    },
    close: async ({ n }) => void said.push(`close ${n}`),
    clock,
  });
});
afterEach(() => vi.unstubAllEnvs());

const run = async (): Promise<number> => kept.during(spec, async ({ n }) => n);

test("runs in a row are served by one host, which is closed 50 ms after the last", async () => {
  expect([await run(), await run()]).toEqual([1, 1]);
  await clock.pass(49);
  expect(await run()).toBe(1);
  await clock.pass(49);
  expect(said).toEqual(["open 1"]);

  await clock.pass(1);

  expect(said).toEqual(["open 1", "close 1"]);
});

test("it is not closed while a run is under way", async () => {
  let end = nothing;
  const long = kept.during(spec, async () => new Promise<void>((resolve) => (end = resolve)));
  await run();
  await clock.pass(10_000);
  expect(said).toEqual(["open 1"]);

  end();
  await long;
  await clock.pass(50);

  expect(said).toEqual(["open 1", "close 1"]);
});

test("where runs come later than that, it is kept for longer, but not for ever", async () => {
  const keptFor: number[] = [];
  for (let opening = 1; opening <= 8; opening += 1) {
    await run();
    let ms = 0;
    for (; said.at(-1) !== `close ${opening}`; ms += 50) await clock.pass(50);
    keptFor.push(ms);
  }

  expect(keptFor).toEqual([50, 100, 200, 400, 800, 1_600, 1_600, 1_600]);
});

test("what belongs elsewhere is closed before the next one is opened, and its times do not count there", async () => {
  for (let opening = 1; opening <= 3; opening += 1) {
    await run();
    await clock.pass(400);
  }
  await run();
  vi.stubEnv("MILLRACE_NAMESPACE", "elsewhere");

  expect(await Promise.all([run(), run()])).toEqual([5, 5]);

  expect(said.slice(-3)).toEqual(["open 4", "close 4", "open 5"]);
  await clock.pass(50);
  expect(said.at(-1)).toBe("close 5");
});

test("a store that was thrown away is left", async () => {
  await run();
  isThere = false;

  expect(await run()).toBe(2);

  expect(said).toEqual(["open 1", "close 1", "open 2"]);
});

test("a host that has to end is closed at once, before its last caller is told", async () => {
  await kept.during(spec, async ({ host }) => {
    host.isLeaving = true;
  });

  expect(said).toEqual(["open 1", "close 1"]);
  expect(await run()).toBe(2);
});

test("what cannot be opened is told to all who wait, and tried again by the next", async () => {
  canOpen = false;
  const [first, second] = await Promise.allSettled([run(), run()]);
  expect([first.status, second.status]).toEqual(["rejected", "rejected"]);
  canOpen = true;

  expect(await run()).toBe(1);
});

test("settings that cannot be read are told, and what is open is closed in time", async () => {
  await run();
  vi.stubEnv("MILLRACE_SHARDS", "none");
  await expect(run()).rejects.toMatchObject({ code: "OPTION_INVALID" });

  await clock.pass(50);

  expect(said).toEqual(["open 1", "close 1"]);
});
