import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeValue } from "../../../src/events/codec.ts";
import { UpdateRequested } from "../../../src/events/signal-events.ts";
import { condition } from "../../../src/sdk/scopes.ts";
import { signal } from "../../../src/sdk/signals.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { onUpdate } from "../../../src/sdk/updates.ts";
import { play, sends } from "../../support/play-flow.ts";
import type { Visit } from "../../support/record-flow.ts";

const note = signal("note", z.string());

function asks(name: string, input: unknown, inMs = 0): Visit {
  const event = UpdateRequested.make({ name, id: `${name} ${String(input)}`, input: encodeValue(input) });
  return { inMs, event };
}

describe("updates and signals of one run", () => {
  test("are heard in the order of the log: what one of them settles goes on before the next is heard", async () => {
    const run = await play(async () => {
      const heard: string[] = [];
      onUpdate("say", z.string(), (input) => {
        heard.push(`update ${input}`);
        return heard.length;
      });
      void sleep("10s").then(() => heard.push("timer"));
      for (let n = 0; n < 2; n += 1) heard.push(`signal ${await note.receive()}`);
      await sleep("1m");
      return heard;
    }, [
      sends("note", "a", 1_000),
      asks("say", "b", 2_000),
      sends("note", "c", 3_000),
      asks("say", "d", 20_000),
    ]);

    expect(run.output).toEqual(["signal a", "update b", "signal c", "timer", "update d"]);
    expect(run.types.filter((type) => type === "UpdateAnswered")).toHaveLength(2);
  });

  test("that come in one batch stay in their order, live and in every replay", async () => {
    const run = await play(async () => {
      const heard: string[] = [];
      onUpdate("say", z.string(), async (input) => {
        heard.push(`begin ${input}`);
        await sleep(10);
        heard.push(`end ${input}`);
        return heard.length;
      });
      heard.push(`signal ${await note.receive()}`);
      await sleep("1s");
      return heard;
    }, [asks("say", "a"), sends("note", "b"), asks("say", "c")]);

    expect(run.output).toEqual(["begin a", "signal b", "begin c", "end a", "end c"]);
  });

  test("that change what a flow waits for let it go on before the next one is heard", async () => {
    const run = await play(async () => {
      let open = 0;
      const seen: number[] = [];
      onUpdate("open", z.number(), () => {
        open += 1;
        return open;
      });
      await condition(() => open > 0);
      seen.push(open);
      await condition(() => open > 1);
      seen.push(open);
      return seen;
    }, [asks("open", 1, 1_000), asks("open", 2, 1_000)]);

    expect(run.output).toEqual([1, 2]);
  });
});
