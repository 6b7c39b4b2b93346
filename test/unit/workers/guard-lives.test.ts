import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { Execution } from "../../../src/engine/execution.ts";
import type { FlowContext } from "../../../src/sdk/context.ts";
import { guarded } from "../../../src/workers/guard.ts";
import { flow } from "../../support/record-flow.ts";
import { silentLog } from "../../support/sim-ports.ts";

const { spec } = flow("reborn", { guard: "report" }, async () => "done");

function life(): FlowContext {
  const execution = new Execution("r1", 0, { drain: (done) => done() });
  const run = { id: "r1", name: "r1", flow: "reborn", tags: [], traceparent: null };
  return { kind: "flow", run, execution, scope: execution.root, parameters: undefined, log: silentLog };
}

test("the code of a run is watched by one listener, however often it begins again in this process", async () => {
  const run = new AbortController();

  for (let count = 0; count < 12; count += 1)
    await guarded({ spec, context: life(), stop: run.signal }, async () => "done");

  expect(getEventListeners(run.signal, "abort")).toHaveLength(1);
  run.abort();
  expect(getEventListeners(run.signal, "abort")).toHaveLength(0);
});
