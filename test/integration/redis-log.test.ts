import { inject } from "vitest";
import { describeRunLog } from "../support/log-suite.ts";
import { describeRedisKeys } from "../support/log-suite-keys.ts";
import { openRedisLog } from "../support/log-suite-redis.ts";

describeRunLog("one Redis server", async () => openRedisLog(inject("redisUrl")));
describeRedisKeys("one Redis server", async () => openRedisLog(inject("redisUrl")));
