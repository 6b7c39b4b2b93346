import { describe, expect, test } from "vitest";
import { simulate } from "../support/sim-checks.ts";
import { describeFailure, firstSeed, seedCount } from "../support/sim-report.ts";

const seeds = seedCount(2_000);
const start = firstSeed();

describe("the simulator", () => {
  test(`${seeds} random programs end as the reference allows, whatever breaks`, {
    timeout: 600_000,
  }, async () => {
    for (let seed = start; seed < start + seeds; seed += 1) {
      const failure = await describeFailure(seed, async () => simulate({ seed }));
      expect(failure).toBeNull();
    }
  });
});
