import { afterAll, beforeAll, expect, test } from "vitest";
import { chaosFamilies, chaosProgram } from "../fixtures/chaos/programs.ts";
import { playChaos } from "../support/chaos-play.ts";
import { type ChaosScene, openScene } from "../support/chaos-scene.ts";

const runs = 160;

let scene: ChaosScene;
beforeAll(async () => {
  const flows = [chaosProgram, ...chaosFamilies].map(({ spec }) => spec.name);
  scene = await openScene({ appendfsync: "always", flows });
});
afterAll(async () => scene.end());

test(`${runs} runs with children, signals, timers, queued tasks and cancellations survive whatever breaks`, async () => {
  const played = await playChaos(scene, { seed: 7, runs, mostMs: 180_000, openAtOnce: 24 });

  scene.report(played);
  expect(played.started).toBe(runs);
  expect(played.children).toBeGreaterThan(20);
  expect(played.cancelled).toBeGreaterThan(2);
  expect(played.visits["signals"]).toBeGreaterThan(20);
  expect(played.ownersLost).toBeGreaterThan(0);
  expect(played.inPart).toBeLessThan(played.runs / 5);
});
