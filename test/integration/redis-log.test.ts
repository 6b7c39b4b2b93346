import { inject } from "vitest";
import { describeRunLog } from "../support/log-suite.ts";
import { openRedisLog } from "../support/log-suite-redis.ts";

describeRunLog("one Redis server", async () => openRedisLog(inject("redisUrl")));
