import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { flow, recordRun, task } from "../../support/record-flow.ts";
import { waitUntil } from "../../support/wait-until.ts";

const dateOfAll = globalThis.Date;
const functions = (): unknown[] => [
  Math.random,
  Object.getOwnPropertyDescriptor(performance, "now"),
  process.hrtime,
  randomUUID,
  globalThis.fetch,
];
const functionsOfAll = functions();

/** The guard lingers after the last watched run. */
async function untilPutBack(): Promise<void> {
  const date = { value: dateOfAll, writable: true, enumerable: false, configurable: true };
  await waitUntil(async () => expect(Object.getOwnPropertyDescriptor(globalThis, "Date")).toEqual(date), {
    timeoutMs: 10_000,
  });
}

test("outside of flow code all is as always while flows run, and all is put back after the last one", async () => {
  let [during, dateIsSame, drift]: [unknown[], boolean, number] = [[], false, Number.NaN];
  const looking = task("looking", async () => {
    during = functions();
    dateIsSame = Date === dateOfAll && new Date().constructor === Date;
    drift = Math.abs(new Date().getTime() - (performance.timeOrigin + performance.now()));
  });
  await recordRun(flow("outside", { guard: "report" }, async () => looking()).spec, undefined);

  expect({ dateIsSame, drift: drift < 1_000 }).toEqual({ dateIsSame: true, drift: true });
  for (const [index, one] of functionsOfAll.entries()) expect(during[index]).not.toBe(one);
  await untilPutBack();
  expect(functions()).toEqual(functionsOfAll);
});

test("a guard that is off touches nothing", async () => {
  const seen: unknown[] = [];
  const free = flow("free", { guard: "off" }, async () => {
    seen.push(...functions(), Date.now() > 1_750_000_000_000);
  });
  await untilPutBack();

  const recorded = await recordRun(free.spec, undefined);

  expect(seen).toEqual([...functionsOfAll, true]);
  expect(recorded.lines).toEqual([]);
});
