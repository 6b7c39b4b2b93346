import { expect } from "vitest";

const mostRounds = 3;

/**
 * Plays a round until each time that it gives is within its limit (ms), three rounds at most: who keeps the machine busy
 * may slow down one of them, but not what is promised. What has to hold in every round is checked in the round.
 */
export async function expectPrompt<Limits extends Readonly<Record<string, number>>>(
  limits: Limits,
  round: () => Promise<{ readonly [Name in keyof Limits]: number }>,
): Promise<void> {
  const all: object[] = [];
  while (all.length < mostRounds) {
    const times = await round();
    all.push(times);
    if (Object.entries(limits).every(([name, limit]) => (times[name] ?? Number.POSITIVE_INFINITY) < limit))
      return;
  }
  expect.fail(`No round was within ${JSON.stringify(limits)} ms: ${JSON.stringify(all)}`);
}
