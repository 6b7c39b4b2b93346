import { describe, expect, test } from "vitest";
import type { DivergenceCode } from "../../src/engine/divergence.ts";
import { showProgram } from "../support/programs.ts";
import { type Mutation, mutate } from "../support/programs-mutate.ts";
import { buildProgram } from "../support/programs-sdk.ts";
import { checkAgainstReference } from "../support/reference-check.ts";
import { simulate } from "../support/sim-checks.ts";
import { coldReplay } from "../support/sim-replay.ts";
import { firstSeed, seedCount } from "../support/sim-report.ts";
import type { Simulation } from "../support/sim-run.ts";

type Verdict = DivergenceCode | "same" | "wrong";

const noTasks = { work: async () => Promise.reject(new Error("A replay ran a task.")), failures: () => 0 };

/** Replays a recorded history with changed code. */
async function judge({ world }: Simulation, mutation: Mutation): Promise<Verdict> {
  const events = world.log.eventsOf(world.run);
  const { flow } = buildProgram(mutation.program, noTasks);
  const { divergence } = await coldReplay(flow, events, world.payloads);
  if (divergence !== null) return divergence.divergence;
  try {
    await checkAgainstReference(mutation.program, events, world.payloads);
    return "same"; // the change lies where this history never came, or changes nothing
  } catch {
    return "wrong";
  }
}

describe("changed code against recorded histories", () => {
  const seeds = Math.ceil(seedCount(2_000) / 10);

  test(`${seeds} programs, changed in every place: caught, or the same result`, {
    timeout: 300_000,
  }, async () => {
    const verdicts = new Map<Verdict, number>();
    const wrong: string[] = [];
    for (let seed = firstSeed(); seed < firstSeed() + seeds; seed += 1) {
      const recorded = await simulate({ seed });
      for (const mutation of mutate(recorded.program)) {
        const verdict = await judge(recorded, mutation);
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        if (verdict === "wrong")
          wrong.push(`seed ${seed} ${mutation.name}: ${showProgram(mutation.program.root)}`);
      }
    }

    expect(wrong).toEqual([]);
    const caught = [...verdicts]
      .filter(([verdict]) => verdict !== "same")
      .reduce((sum, [, count]) => sum + count, 0);
    expect(caught).toBeGreaterThan(seeds * 5);
    expect([...verdicts.keys()]).toEqual(
      expect.arrayContaining([
        "same",
        "E_DIFFERENT_CALL",
        "E_MISSING_CALL",
        "E_EXTRA_CALL",
        "E_INPUT",
        "E_RESULT",
      ]),
    );
  });
});
