import { describe, expect, test } from "vitest";
import { noBounds, type TaskSpec } from "../../../src/engine/specs.ts";
import { decodeValue } from "../../../src/events/codec.ts";
import { taskContext } from "../../../src/sdk/context.ts";
import { heartbeat } from "../../../src/sdk/heartbeat.ts";
import { createTaskFactory } from "../../../src/sdk/task.ts";
import { type Attempt, runAttempt, unlimited } from "../../../src/workers/attempt.ts";
import { AttemptAbort } from "../../../src/workers/attempt-abort.ts";
import { HandClock } from "../../support/hand-clock.ts";
import { silentLog } from "../../support/sim-ports.ts";

const task = createTaskFactory(async () => undefined);
const never = async (): Promise<never> => new Promise(() => undefined);

function scene(fn: () => unknown, changes: Partial<Attempt> = {}) {
  const clock = new HandClock();
  const stored: unknown[] = [];
  let isWanted = true;
  const store = async (details: Uint8Array | null): Promise<boolean> => {
    stored.push(details === null ? null : decodeValue(details, "details"));
    return isWanted;
  };
  const spec: TaskSpec = { ...task("limited", fn).spec };
  const stop = new AbortController();
  const attempt: Attempt = {
    ...unlimited,
    spec,
    args: [],
    run: null,
    key: "limited#1",
    attempt: 1,
    fencing: 0,
    timeoutMs: null,
    heart: { last: null, store },
    log: () => silentLog,
    abort: new AttemptAbort(stop),
    parent: "caller",
    ...changes,
  };
  const reject = (): void => {
    isWanted = false;
  };
  return { clock, stored, stop, reject, start: async () => runAttempt(attempt, clock) };
}

describe("heartbeats", () => {
  test("are stored at once, and then at most once in 0.8 of the timeout: the newest", async () => {
    const { clock, stored, start } = scene(
      async () => {
        for (let beat = 1; beat <= 10; beat += 1) {
          heartbeat(beat);
          await new Promise<void>((resolve) => void clock.after(200, resolve));
        }
      },
      { heartbeatMs: 1_000 },
    );

    const ended = start();
    await clock.pass(2_100);

    expect((await ended).ok).toBe(true);
    expect(stored).toEqual([null, 4, 8]); // at 0, 800 and 1,600 ms
  });

  test("of a task without a timeout are stored once a second", async () => {
    const { clock, stored, start } = scene(async () => {
      for (let beat = 1; beat <= 20; beat += 1) {
        heartbeat({ beat });
        await new Promise<void>((resolve) => void clock.after(100, resolve));
      }
    });

    const ended = start();
    await clock.pass(2_100);

    await ended;
    expect(stored).toEqual([{ beat: 1 }, { beat: 10 }, { beat: 20 }]);
  });

  test("that stop end the attempt, whose function is not waited for, and keep its details", async () => {
    const { clock, start } = scene(
      async () => {
        heartbeat("once");
        await never();
      },
      { heartbeatMs: 500 },
    );

    const ended = start();
    await clock.pass(501);

    const result = await ended;
    expect(result).toMatchObject({ ok: false, error: { code: "TASK_TIMED_OUT" } });
    expect(decodeValue((result.ok ? null : result.heartbeat) as Uint8Array, "details")).toBe("once");
  });

  test("that were missed by code which lets no timer run fail the attempt, although it returns", async () => {
    const { clock, start } = scene(
      async () => {
        clock.block(800);
        return "late";
      },
      { heartbeatMs: 500 },
    );

    expect(await start()).toMatchObject({ ok: false, error: { details: { limit: "heartbeatTimeout" } } });
  });

  test("abort the attempt when the store says that nobody waits for it", async () => {
    const { clock, reject, start } = scene(async () => {
      reject();
      heartbeat();
      await new Promise<void>((resolve) => void clock.after(10, resolve));
      const { signal } = taskContext();
      expect(signal.aborted).toBe(true);
      heartbeat();
    });

    const ended = start();
    await clock.pass(20);

    expect(await ended).toMatchObject({ ok: false, error: { code: "ATTEMPT_OVER" } });
  });

  test.each([
    { details: () => 1, code: "OUTPUT_UNRECORDABLE" },
    { details: "x".repeat(40_000), code: "PAYLOAD_TOO_LARGE" },
  ])("are refused with details that cannot be stored ($code)", async ({ details, code }) => {
    const { start } = scene(async () => heartbeat(details));

    expect(await start()).toMatchObject({ ok: false, error: { code } });
  });

  test("of a worker that stops throw its reason", async () => {
    const { stop, start } = scene(async () => heartbeat());
    stop.abort(new Error("the worker is stopping"));

    expect(await start()).toMatchObject({ ok: false, error: { message: "the worker is stopping" } });
  });
});

test("an attempt that would begin after its scheduleToClose does not begin", async () => {
  let begun = 0;
  const { clock, start } = scene(() => {
    begun += 1;
  });
  const late = scene(
    () => {
      begun += 1;
    },
    { close: { limitMs: 5, at: clock.now(), earlier: async () => null } },
  );

  expect(await late.start()).toMatchObject({ ok: false, error: { details: { limit: "scheduleToClose" } } });
  expect(begun).toBe(0);
  expect((await start()).ok).toBe(true);
});

describe("options of a task", () => {
  test("that set no limits share one object, and those that do have their own", () => {
    expect(task("plain", () => 1).spec.bounds).toBe(noBounds);
    const options = {
      scheduleToStart: "1s",
      scheduleToClose: 5,
      heartbeatTimeout: "2m",
      maxCrashes: 7,
    } as const;
    const bounds = { scheduleToStartMs: 1_000, scheduleToCloseMs: 5, heartbeatMs: 120_000, maxCrashes: 7 };
    expect(task("bounded", options, () => 1).spec.bounds).toEqual(bounds);
  });

  test.each([{ maxCrashes: 0 }, { maxCrashes: 1.5 }, { heartbeatTimeout: 0 }])("refuse %o", (options) => {
    expect(() => task("odd", options, () => 1)).toThrowError(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  });
});
