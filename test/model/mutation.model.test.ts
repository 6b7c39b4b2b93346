import { describe, expect, test } from "vitest";
import type { DivergenceCode } from "../../src/engine/divergence.ts";
import type { FlowSpec } from "../../src/engine/specs.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { showProgram } from "../support/programs.ts";
import { buildProgram } from "../support/programs-build.ts";
import { type Mutation, mutate } from "../support/programs-mutate.ts";
import { checkAgainstReference } from "../support/reference-check.ts";
import { simulate } from "../support/sim-checks.ts";
import { coldReplay } from "../support/sim-replay.ts";
import { firstSeed, seedCount } from "../support/sim-report.ts";
import type { Simulation } from "../support/sim-run.ts";

type Verdict = DivergenceCode | "same" | "wrong";

const noTasks = { work: async () => Promise.reject(new Error("A replay ran a task.")), failures: () => 0 };

/** Replays the recorded histories of a program and its children with changed code. */
async function judge(recorded: Simulation, mutation: Mutation): Promise<readonly Verdict[]> {
  const built = buildProgram(mutation.program, noTasks);
  const verdicts: Verdict[] = [];
  for (const run of recorded.world.runs) {
    const events = recorded.world.log.eventsOf(run);
    const [created] = events;
    const flow = created?.type === "RunCreated" ? built.flows.get(created.data.flow) : undefined;
    if (flow === undefined) throw new Error("A run of a flow that no program has.");
    verdicts.push(await judgeRun(recorded, mutation, { flow, events }));
  }
  return verdicts;
}

interface Recorded {
  readonly flow: FlowSpec;
  readonly events: readonly RecordedEvent[];
}

async function judgeRun(
  { world }: Simulation,
  { program }: Mutation,
  { flow, events }: Recorded,
): Promise<Verdict> {
  // cancelled before its first line: no code shows in it, and the changed program may not even have such a child
  if (!events.some(({ type }) => type === "RunStarted")) return "same";
  const { divergence } = await coldReplay(flow, events, world.payloads);
  if (divergence !== null) return divergence.divergence;
  try {
    await checkAgainstReference(program, events, world.payloads, { isUnchanged: false });
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
      const { simulation: recorded } = await simulate({ seed });
      for (const mutation of mutate(recorded.program)) {
        const found = await judge(recorded, mutation);
        for (const verdict of found) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        if (found.includes("wrong"))
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
