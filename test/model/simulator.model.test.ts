import { describe, expect, test } from "vitest";
import { simulate } from "../support/sim-checks.ts";
import { describeFailure, firstSeed, seedCount } from "../support/sim-report.ts";

const seeds = seedCount(2_000);
const start = firstSeed();

describe("the simulator", () => {
  test(`${seeds} random programs end as the reference allows, whatever breaks`, {
    timeout: 600_000,
  }, async () => {
    let reused = 0;
    for (let seed = start; seed < start + seeds; seed += 1) {
      const failure = await describeFailure(seed, async () => {
        reused += (await simulate({ seed })).reused;
      });
      expect(failure).toBeNull();
    }
    if (seeds >= 200) expect(reused).toBeGreaterThan(seeds / 50); // else nothing was said of shared results
  });
});
