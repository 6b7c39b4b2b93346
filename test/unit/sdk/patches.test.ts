import { describe, expect, test } from "vitest";
import { deprecatePatch, patched } from "../../../src/sdk/patches.ts";
import { condition } from "../../../src/sdk/scopes.ts";
import { sleep } from "../../../src/sdk/sleep.ts";
import { play } from "../../support/play-flow.ts";
import { task } from "../../support/record-flow.ts";

const old = task("old", async () => "old way");
const fresh = task("fresh", async () => "new way");

/** The life of a change: not there yet, guarded, settled, forgotten. */
const v1 = async (): Promise<unknown> => old().then(async (way) => sleep("1h").then(() => way));
const v2 = async (): Promise<unknown> => {
  const way = patched("change") ? await fresh() : await old();
  await sleep("1h");
  return way;
};
const v3 = async (): Promise<unknown> => {
  deprecatePatch("change");
  const way = await fresh();
  await sleep("1h");
  return way;
};
const v4 = async (): Promise<unknown> => fresh().then(async (way) => sleep("1h").then(() => way));

describe("a change that is guarded by patched()", () => {
  test("leaves runs alone that passed the spot before it", async () => {
    const before = await play(v1);

    expect((await before.replayWith(v2)).divergence).toBeNull();
    expect((await before.replayWith(v3)).divergence?.divergence).toBe("E_DIFFERENT_CALL");
  });

  test("is taken by new runs, and marks them", async () => {
    const run = await play(v2);

    expect(run.output).toBe("new way");
    expect(run.types.filter((type) => type === "PatchMarked")).toHaveLength(1);
    expect((await run.replayWith(v3)).divergence).toBeNull();
  });

  test("can be forgotten when no run has its mark any more", async () => {
    const marked = await play(v2);
    const plain = await play(v3);

    expect((await marked.replayWith(v4)).divergence?.divergence).toBe("E_DIFFERENT_CALL");
    expect(plain.types).not.toContain("PatchMarked");
    expect((await plain.replayWith(v4)).divergence).toBeNull();
  });

  test("is decided once, wherever it is asked for", async () => {
    const body = async (): Promise<unknown> => {
      const ways = [patched("change")];
      await sleep("1s");
      ways.push(patched("change"));
      await old();
      return [...ways, patched("change"), patched("other")];
    };
    const run = await play(body);

    expect(run.output).toEqual([true, true, true, true]);
    expect(run.types.filter((type) => type === "PatchMarked")).toHaveLength(2);
  });

  test("is not taken behind the spot by a run that did not take it before", async () => {
    const before = await play(async () => {
      await old();
      await sleep("1h");
      return old();
    });
    const { divergence } = await before.replayWith(async () => {
      if (patched("change")) await fresh();
      else await old();
      await sleep("1h");
      return patched("change") ? fresh() : old();
    });

    expect(divergence).toBeNull();
  });

  test("may be the last thing of a flow, or its first", async () => {
    const before = await play(async () => old());
    const first = await before.replayWith(async () => (patched("first") ? fresh() : old()));
    const last = await before.replayWith(async () => {
      const way = await old();
      return patched("last") ? fresh() : way;
    });

    expect([first.divergence, last.divergence]).toEqual([null, null]);
  });

  test("works inside of a condition", async () => {
    const body = async (): Promise<unknown> => {
      let count = 0;
      const counting = sleep("1s").then(() => {
        count += 1;
      });
      await condition(() => count > 0 && patched("in a condition"));
      await counting;
      return old();
    };

    expect((await play(body)).output).toBe("old way");
  });
});
