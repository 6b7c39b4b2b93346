import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readServerFacts } from "../../src/redis/fitness.ts";
import { describeRunLog } from "../support/log-suite.ts";
import { describeRedisKeys } from "../support/log-suite-keys.ts";
import { openRedisLog } from "../support/log-suite-redis.ts";
import { findValkey, startServer, type TestServer } from "../support/redis-server.ts";

const binary = findValkey();

describe.skipIf(binary === null)("Valkey (needs VALKEY_SERVER or valkey-server on the PATH)", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ binary: binary ?? "" });
  });
  afterAll(async () => server.stop());

  const open = async () => openRedisLog(server.url);

  describeRunLog("Valkey", open);
  describeRedisKeys("Valkey", open);

  test("says of itself what it is", async () => {
    const { redis, close } = await open();

    expect(await readServerFacts(redis)).toMatchObject({ software: "valkey", isPersistent: true });
    await close();
  });
});
