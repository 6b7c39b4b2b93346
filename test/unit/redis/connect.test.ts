import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { openConnection, toAddress, withoutPassword } from "../../../src/redis/connect.ts";

describe("a Redis URL", () => {
  test.each([
    ["unix:///tmp/r.sock", { kind: "socket", path: "/tmp/r.sock" }],
    ["redis://localhost:6379/2", { kind: "url", url: "redis://localhost:6379/2" }],
    ["rediss://u:p@h", { kind: "url", url: "rediss://u:p@h" }],
    ["redis+cluster://u:p@h:7000", { kind: "cluster", url: "redis://u:p@h:7000" }],
    ["rediss+cluster://u:p@h:7000", { kind: "cluster", url: "rediss://u:p@h:7000" }],
    ["redis+sentinel://h:1/main", { kind: "sentinel", url: "redis+sentinel://h:1/main" }],
  ])("%s says where Redis is", (url, address) => {
    expect(toAddress(url)).toEqual(address);
  });

  test.each(["", "localhost:6379", "http://h", "redis:/h", "redis+sentinel://h:1", "redis+sentinel:///main"])(
    "%j is refused with the forms there are",
    (url) => {
      expect(() => toAddress(url)).toThrow(
        expect.objectContaining({
          code: "OPTION_INVALID",
          message: expect.stringContaining("redis+sentinel://"),
        }),
      );
    },
  );

  test.each([
    "http://u:secret@h",
    "http://u:sec/ret@h",
    "http://u:secr@et@h:1/x",
    "redis+sentinel://u:secret@h:1",
  ])("%s is reported without its password", (url) => {
    const told = withoutPassword(url);

    expect(told).toMatch(/^[a-z+]+:\/\/\*\*\*@h/);
    expect(told).not.toMatch(/sec|ret/);
    expect(() => toAddress(url)).not.toThrow(/sec.*ret/);
  });
});

describe("a Sentinel URL", () => {
  test.each([
    [
      "redis+sentinel://a:1,b:2,c/main",
      {
        sentinels: [at("a", 1), at("b", 2), at("c", 26_379)],
        name: "main",
        db: 0,
        username: null,
        password: null,
      },
    ],
    [
      "redis+sentinel://me:p%40ss%2F@a:1/main/3",
      { sentinels: [at("a", 1)], name: "main", db: 3, username: "me", password: "p@ss/" },
    ],
    [
      "redis+sentinel://:pw@a/main",
      { sentinels: [at("a", 26_379)], name: "main", db: 0, username: null, password: "pw" },
    ],
    [
      "redis+sentinel://[::1]:1,[fe80::2]/main",
      {
        sentinels: [at("::1", 1), at("fe80::2", 26_379)],
        name: "main",
        db: 0,
        username: null,
        password: null,
      },
    ],
  ])("%s names the sentinels, the master, the login and the database", (url, expected) => {
    const connection = openConnection(toAddress(url));
    connection.disconnect();

    if (!(connection instanceof Redis)) throw new Error("a Sentinel gives one connection");
    const { sentinels, name, db, username, password } = connection.options;
    expect({ sentinels, name, db, username: username ?? null, password: password ?? null }).toEqual(expected);
  });
});

function at(host: string, port: number): { readonly host: string; readonly port: number } {
  return { host, port };
}
