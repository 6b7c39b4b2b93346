import { Redis } from "ioredis";
import { expect, inject, test, vi } from "vitest";
import { openConnection, toAddress } from "../../src/redis/connect.ts";

test("commands of one tick go out in one write, in order, also after the connection was lost", async () => {
  const redis = openConnection(toAddress(inject("redisUrl")));
  if (!(redis instanceof Redis)) throw new Error("A plain server is expected.");
  const key = `gathered-${crypto.randomUUID()}`;
  try {
    for (let connection = 1; connection <= 2; connection += 1) {
      await redis.ping();
      const alone = vi.spyOn(redis.stream, "_write");
      const together = vi.spyOn(redis.stream, "_writev");

      const pushed = await Promise.all(["a", "b", "c", "d"].map(async (word) => redis.rpush(key, word)));

      expect(pushed).toEqual([1, 2, 3, 4].map((length) => length + (connection - 1) * 4));
      expect(together).toHaveBeenCalledTimes(1);
      expect(alone).not.toHaveBeenCalled();
      redis.stream.destroy();
    }
    expect((await redis.lrange(key, 0, -1)).join("")).toBe("abcdabcd");
  } finally {
    await redis.del(key);
    redis.disconnect();
  }
});
