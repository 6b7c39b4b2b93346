import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readServerFacts } from "../../src/redis/fitness.ts";
import { describeRunLog } from "../support/log-suite.ts";
import { describeRedisKeys } from "../support/log-suite-keys.ts";
import { openRedisLog } from "../support/log-suite-redis.ts";
import { findValkey, startServer, type TestServer } from "../support/redis-server.ts";

const binary = findValkey();

if (binary === null)
  test.skip("Valkey: neither VALKEY_SERVER nor a valkey-server on the PATH", () => undefined);
else describeValkey(binary);

function describeValkey(binary: string): void {
  describe(`Valkey (${binary})`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer({ binary });
    });
    afterAll(async () => server.stop());

    const open = async () => openRedisLog(server.url);

    describeRunLog("Valkey", open);
    describeRedisKeys("Valkey", open);

    test("says of itself what it is", async () => {
      const opened = await open();

      const facts = await readServerFacts(opened.redis);

      expect(facts).toMatchObject({ software: "valkey", isPersistent: true, isReplica: false });
      await opened.close();
    });
  });
}
