import { describeRunLog } from "../../support/log-suite.ts";
import { MemoryLog } from "../../support/memory-log.ts";

describeRunLog("the model", async () => ({
  log: new MemoryLog(() => Date.now()),
  close: async () => undefined,
}));
