import { describe, expect, test } from "vitest";
import { race, shield, withTimeout } from "../../../src/sdk/scopes.ts";
import { signal } from "../../../src/sdk/signals.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { cancels, play } from "../../support/play-flow.ts";
import { task } from "../../support/record-flow.ts";

const undo = task("undo", async (what: string) => `undid ${what}`);
const word = signal("word");

const never = async (): Promise<void> => sleep("365d");

async function failAnew(): Promise<string> {
  throw new Error("worse");
}

async function throwAgain(error: unknown): Promise<string> {
  throw error;
}

describe("a run that is cancelled", () => {
  test("ends cancelled, with the reason", async () => {
    const { end } = await play(never, [cancels(1_000)]);

    expect(end).toMatchObject({ type: "RunCancelled", data: { message: "enough" } });
  });

  test("may complete at once all the same", async () => {
    const { output } = await play(async () => never().catch(() => "well"), [cancels(1_000)]);

    expect(output).toBe("well");
  });

  test("may fail at once", async () => {
    const body = async (): Promise<unknown> =>
      never().catch(() => {
        throw new Error("worse");
      });

    expect((await play(body, [cancels(1_000)])).end).toMatchObject({
      type: "RunFailed",
      data: { error: { message: "worse" } },
    });
  });

  const afterCleanup = [
    ["complete", async () => "well", "RunCompleted"],
    ["fail", failAnew, "RunFailed"],
    ["end cancelled", throwAgain, "RunCancelled"],
  ] as const;

  test.each(afterCleanup)("may %s after its cleanup", async (_what, then, type) => {
    const { end, types } = await play(async () => {
      try {
        await never();
      } catch (error) {
        await undo("all");
        return then(error);
      }
      return null;
    }, [cancels(1_000)]);

    expect(end.type).toBe(type);
    expect(types).toContain("TaskCompleted");
  });

  test("ends what is shielded first", async () => {
    const { end, types } = await play(async () => {
      await shield(async () => {
        await sleep("10s");
        await undo("half of it");
      });
      await undo("never called");
    }, [cancels(1_000)]);

    expect(end.type).toBe("RunCancelled");
    expect(types.filter((type) => type === "TaskCompleted")).toHaveLength(1);
  });

  test("is cancelled after a shield, though a limit of time comes first", async () => {
    const { end } = await play(async () => {
      await shield(async () => sleep("10s"));
      return withTimeout("1h", async () => undo("never called"));
    }, [cancels(1_000)]);

    expect(end.type).toBe("RunCancelled");
  });

  test("is cancelled after a shield that is within a limit of time", async () => {
    const { end } = await play(async () => {
      await withTimeout("1h", async () => shield(async () => sleep("10s")));
      return undo("never called");
    }, [cancels(1_000)]);

    expect(end.type).toBe("RunCancelled");
  });

  test("cleans up in every branch of a race", async () => {
    const { events } = await play(async () => {
      const branch = (name: string) => async () => {
        try {
          await never();
        } finally {
          await sleep("1s");
          await undo(name);
        }
      };
      return race({ quick: never, one: branch("one"), other: branch("other") });
    }, [cancels(1_000)]);

    expect(events.filter(({ type }) => type === "TaskCompleted")).toHaveLength(2);
    expect(events.at(-1)!.type).toBe("RunCancelled");
  });

  test("before its code waits for anything learns of it at its first call", async () => {
    expect((await play(async () => word.receive(), [cancels(0)])).end.type).toBe("RunCancelled");
  });
});

describe("a timer", () => {
  test("that a race does not need any more is cancelled in the turn that decided it", async () => {
    const { events } = await play(async () => race({ long: never, short: async () => sleep("1s") }));
    const cancelled = events.filter(({ type }) => type === "CallCancelled");

    expect(cancelled).toMatchObject([{ data: { key: "race#1/long#1/sleep#1" } }]);
    expect(events.at(-1)!.type).toBe("RunCompleted");
  });

  test("that is begun and cancelled in one turn is never armed", async () => {
    const { events } = await play(async () =>
      race({ long: never, none: async () => Promise.resolve("at once") }),
    );

    expect(events.filter(({ type }) => type === "TimerFired")).toEqual([]);
    expect(events.at(-1)!.recordedAt).toBe(events[0]!.recordedAt);
  });
});
