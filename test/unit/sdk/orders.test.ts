import { describe, expect, test } from "vitest";
import { random, uuid } from "../../../src/sdk/deterministic.ts";
import { asCompleted } from "../../../src/sdk/futures.ts";
import { condition, race, withTimeout } from "../../../src/sdk/scopes.ts";
import { signal } from "../../../src/sdk/signals.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { play, sends } from "../../support/play-flow.ts";
import { task } from "../../support/record-flow.ts";

const echo = task("echo", async (value: unknown) => value);
const keyed = task("keyed", { key: (name: string) => name }, async (name: string) => name);
const broken = task("broken", async () => Promise.reject(new Error("broken")));
const word = signal("word");

const after = async (ms: number, value: string): Promise<string> => sleep(ms).then(() => value);

describe("the order of what ends", () => {
  test("is repeated: who won a race wins it again, though it was called second", async () => {
    const { output } = await play(async () => {
      const first = await Promise.race([after(400, "slow"), after(50, "fast")]);
      return [first, await echo(first)];
    });

    expect(output).toEqual(["fast", "fast"]);
  });

  test("is repeated for steps that end in another order than they began", async () => {
    const { output } = await play(async () => {
      const seen: string[] = [];
      const note = async (ms: number): Promise<unknown> => seen.push(await after(ms, `${ms}`));
      await Promise.all([note(300), note(100), note(200)]);
      return seen;
    });

    expect(output).toEqual(["100", "200", "300"]);
  });

  test("holds for fast steps in an inner all() beside slow ones", async () => {
    const { output } = await play(async () =>
      Promise.all([
        Promise.all([echo(1), echo(2)]).then(async () => after(10, "inner")),
        after(500, "outer"),
      ]),
    );

    expect(output).toEqual(["inner", "outer"]);
  });

  test("is one for signals, tasks and timers", async () => {
    const { output } = await play(async () => {
      const seen: unknown[] = [];
      const note = async (what: Promise<unknown>): Promise<unknown> => seen.push(await what);
      await Promise.all([
        note(after(100, "timer")),
        note(word.receive()),
        note(echo("task")),
        note(word.receive()),
      ]);
      return seen;
    }, [sends("word", "early", 50), sends("word", "late", 200)]);

    expect(output).toEqual(["task", "early", "timer", "late"]);
  });

  test("a loop that takes the first acceptable answer takes the same one again", async () => {
    const { output } = await play(async () => {
      const futures = echo.map([1, 2, 3, 4]);
      for await (const future of asCompleted(futures)) {
        const value = Number(await future.result());
        if (value % 2 === 0) return { value, next: await echo(value * 10) };
      }
      return null;
    });

    expect(output).toEqual({ value: 2, next: 20 });
  });

  test("chance and ids are the same in a replay", async () => {
    const { output } = await play(async () => [random(), uuid(), await echo(random()), uuid()]);

    expect(new Set(output as unknown[]).size).toBe(4);
  });
});

describe("a signal", () => {
  test("that was sent before anybody waited is kept, and given in the order of sending", async () => {
    const { output } = await play(async () => {
      await sleep("1m");
      return [await word.receive(), await word.receive()];
    }, [sends("word", "one"), sends("word", "two", 10)]);

    expect(output).toEqual(["one", "two"]);
  });

  test("does not reach a later wait before an earlier one", async () => {
    const { output } = await play(async () => {
      const first = word.receive();
      await echo("step");
      return [await first, await word.receive()];
    }, [sends("word", "one", 100), sends("word", "two", 200)]);

    expect(output).toEqual(["one", "two"]);
  });

  test("that comes too late for its wait is there for the next one", async () => {
    const { output } = await play(async () => {
      const late = await word.receive({ timeout: "1s" }).catch((error: Error) => error.message);
      return [late, await word.receive()];
    }, [sends("word", "hello", 5_000)]);

    expect(output).toEqual(["It took longer than 1 s.", "hello"]);
  });
});

describe("nothing to wait for", () => {
  test("all() and allSettled() over nothing give nothing", async () => {
    expect((await play(async () => [await Promise.all([]), await Promise.allSettled([])])).output).toEqual([
      [],
      [],
    ]);
  });

  test("any() over nothing rejects", async () => {
    expect((await play(async () => Promise.any([]))).end.type).toBe("RunFailed");
  });

  test("race() of no branches is refused, as none could be first", async () => {
    const { end } = await play(async () => race({}));

    expect(end).toMatchObject({ type: "RunFailed", data: { error: { code: "OPTION_INVALID" } } });
  });

  test("a race of the language over nothing is reported as stuck", async () => {
    const { types } = await play(async () => Promise.race([]));

    expect(types.at(-1)).toBe("RunBlocked");
  });

  test("a condition that nobody can make true is reported as stuck", async () => {
    const { end } = await play(async () => condition(() => false));

    expect(end).toMatchObject({ type: "RunBlocked", data: { code: "E_STUCK" } });
  });
});

describe("keys of calls", () => {
  test("of one name in a loop and side by side are different", async () => {
    const { events } = await play(async () => {
      for (let lap = 0; lap < 3; lap += 1) await Promise.all([echo(lap), echo(lap)]);
    });
    const keys = events.flatMap((event) => (event.type === "TaskScheduled" ? [event.data.key] : []));

    expect(keys).toEqual(["echo#1", "echo#2", "echo#3", "echo#4", "echo#5", "echo#6"]);
  });

  test("that their author gives do not meet the counted ones", async () => {
    const { output } = await play(async () =>
      Promise.all([keyed("#1"), keyed("1"), echo("x"), keyed("keyed#1")]),
    );

    expect(output).toEqual(["#1", "1", "x", "keyed#1"]);
  });
});

describe("waiting", () => {
  test("is not seen by catch and finally", async () => {
    const seen: string[] = [];
    const { output } = await play(async () => {
      try {
        await sleep("5s");
      } catch {
        seen.push("caught");
      } finally {
        seen.push("cleaned");
      }
      return "done";
    });

    expect(output).toBe("done");
    expect(seen).not.toContain("caught");
  });

  test("for a failure that nobody awaits does not end the process, and the run says nothing of it", async () => {
    const { end } = await play(async () => {
      void broken();
      void broken.submit();
      await sleep("1s");
    });

    expect(end.type).toBe("RunCompleted");
  });

  test("for a future that was made before is limited, too", async () => {
    const { output } = await play(async () => {
      const slow = after(60_000, "slow");
      return withTimeout("1s", async () => slow).catch((error: Error) => error.message);
    });

    expect(output).toBe("It took longer than 1 s.");
  });

  test("does not hold up a race whose loser waits for what was called outside of it", async () => {
    const { events, output } = await play(async () => {
      const slow = after(60_000, "slow");
      return race({ slow: async () => slow, quick: async () => after(100, "quick") });
    });

    expect(output).toEqual({ winner: "quick", value: "quick" });
    expect(events.at(-1)!.recordedAt - events[0]!.recordedAt).toBeLessThan(1_000);
  });
});
