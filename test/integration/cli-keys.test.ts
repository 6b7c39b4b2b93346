import { expect, inject, test } from "vitest";
import { CliScene } from "../support/cli.ts";

test("the command line makes keys, lists and revokes them; a server logs refused commands, and no key", async () => {
  const cli = new CliScene(inject("redisUrl"));
  try {
    const made = await cli.run(["keys", "create", "ci", "--role", "viewer", "--expires", "90d"]);
    const key = made.out.trim();
    const listing = cli.json(["keys", "ls", "--json"]);
    const server = cli.start(["server", "--port", "0", "--auth", "keys"], { MILLRACE_LOG_FORMAT: "json" });
    const url = await server.until(/"url":"([^"]+)"/);
    const ask = async (method: string) =>
      fetch(`${url}api/${method === "GET" ? "views" : "runs"}`, {
        method,
        headers: { "x-millrace-request": "1", authorization: `Bearer ${key}` },
      });
    const [listed] = await listing;
    const [looked, acted] = [await ask("GET"), await ask("POST")];
    const revoked = await cli.run(["keys", "revoke", "ci"]);
    const after = await ask("GET");
    const { err, out } = await server.end("SIGTERM");

    expect(key).toMatch(/^millrace_[\w-]{43}$/);
    expect([looked.status, acted.status, after.status]).toEqual([200, 403, 401]);
    expect(listed).toMatchObject({ name: "ci", role: "viewer", createdBy: expect.stringMatching(/^cli:/) });
    expect(listed.expiresAt - listed.createdAt).toBeGreaterThan(89 * 86_400_000);
    expect([made.code, revoked.code]).toEqual([0, 0]);
    const log = out + err;
    expect(log).toMatch(/"actor":"key:ci".*"method":"POST","path":"\/api\/runs","code":"NOT_AUTHORISED"/);
    expect(log + made.err + JSON.stringify(listed)).not.toContain(key);
  } finally {
    await cli.end();
  }
});
