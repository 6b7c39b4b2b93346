import { describeRunLog } from "../../support/log-suite.ts";
import { MemoryLog } from "../../support/memory-log.ts";

const now = 1_700_000_000_000; // its clock is the test's

describeRunLog("the model", async () => ({ log: new MemoryLog(() => now), close: async () => undefined }));
