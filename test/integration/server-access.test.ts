import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemKeys } from "../../src/redis/keys.ts";
import { Keyring } from "../../src/server/access/keyring.ts";
import { ownPaths } from "../../src/server/contract/own-paths.ts";
import { fillPath, paths, type Role, type RoutePath } from "../../src/server/contract/paths.ts";
import { LiveListener } from "../support/live-listener.ts";
import { createWaiting } from "../support/log-suite-events.ts";
import { ServerScene } from "../support/server-scene.ts";

const roles: readonly Role[] = ["viewer", "operator", "admin"];
const command = { "x-millrace-request": "1" };
const secrets = { ada: "correct horse battery", bob: "staple of staples" };

let folder: string;
let scene: ServerScene;
const keys = new Map<Role, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-users-"));
  writeFileSync(join(folder, "users"), `ada:admin:${secrets.ada}\nbob:viewer:${secrets.bob}\n`);
  scene = await ServerScene.open({ access: { mode: "basic", usersFile: join(folder, "users") } });
  const keyring = new Keyring(scene.work.client.store);
  for (const role of roles)
    keys.set(role, (await keyring.create({ name: role, role, by: "test", expiresAt: null })).key);
});
afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true, force: true });
});

const bearer = (key: string | undefined) => ({ authorization: `Bearer ${key}` });
const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
});
const signIn = async (body: object, headers: Record<string, string> = {}) =>
  scene.send("api/session", {
    method: "POST",
    headers: { ...command, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const cookieOf = (headers: Headers): string => headers.get("set-cookie")?.split(";")[0] ?? "";

describe("every route", () => {
  const all: readonly (readonly [string, RoutePath])[] = Object.entries<RoutePath>({ ...paths, ...ownPaths });
  const ask = async ({ method, path }: RoutePath, headers: Record<string, string>) => {
    const filled = fillPath(path, {
      run: "none",
      flow: "none",
      name: "none",
      id: "none",
      queue: "none",
      position: 1,
    });
    const isStream = path === "/api/live";
    const stop = new AbortController();
    const response = await fetch(new URL(filled, scene.server.url), {
      method,
      signal: stop.signal,
      headers: { ...(method === "GET" ? {} : command), ...headers },
    });
    const { status } = response;
    const body = isStream && status === 200 ? {} : ((await response.json()) as { code?: string });
    stop.abort();
    return { status, code: body.code };
  };

  test("asks for the role of its row: nobody, and who has less, is refused; who has it is not", async () => {
    for (const [name, route] of all) {
      const { role } = route;
      const nobody = await ask(route, {});
      if (role === null) expect([name, nobody.code]).not.toContain("NOT_AUTHENTICATED");
      else expect([name, nobody]).toEqual([name, { status: 401, code: "NOT_AUTHENTICATED" }]);
      for (const held of role === null ? [] : roles) {
        const { status, code } = await ask(route, bearer(keys.get(held)));
        const isEnough = roles.indexOf(held) >= roles.indexOf(role ?? "viewer");
        if (isEnough) expect([name, held, code]).not.toContain("NOT_AUTHORISED");
        else expect([name, held, status, code]).toEqual([name, held, 403, "NOT_AUTHORISED"]);
      }
    }
  });

  test("under /api stands in a table, and nothing else is there", async () => {
    const { paths: known } = (await scene.send("api/openapi.json", { headers: bearer(keys.get("viewer")) }))
      .json;
    const documented = Object.entries<object>(known).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = all.map(([, { method, path }]) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);

    expect(documented.toSorted()).toEqual(listed.toSorted());
    expect((await scene.send("api/elsewhere", { headers: bearer(keys.get("admin")) })).status).toBe(404);
  });
});

describe("a session", () => {
  test("begins with a password, lasts over requests, and ends everywhere when it is ended", async () => {
    const page = await scene.send("api/session");
    const { status, json, headers } = await signIn({ user: "bob", password: secrets.bob });
    const cookie = cookieOf(headers);
    const during = await scene.send("api/session", { headers: { cookie } });
    const runs = await scene.send("api/runs", { headers: { cookie } });
    const out = await scene.send("api/session", { method: "DELETE", headers: { cookie, ...command } });
    const after = await scene.send("api/runs", { headers: { cookie } });

    expect(page.json).toEqual({ mode: "basic", ways: ["password", "key"], actor: null, role: null });
    expect([status, json]).toEqual([
      200,
      { actor: "user:bob", role: "viewer", expiresAt: expect.any(Number) },
    ]);
    expect(headers.get("set-cookie")).toMatch(/; Path=\/; Max-Age=43\d\d\d; HttpOnly; SameSite=Lax$/);
    expect(during.json).toMatchObject({ actor: "user:bob", role: "viewer" });
    expect([runs.status, out.status, after.status]).toEqual([200, 200, 401]);
    expect(out.headers.get("set-cookie")).toMatch(/=; Path=\/; Max-Age=0;/);
  });

  test("of a key ends with the key, and so do its streams", async () => {
    const keyring = new Keyring(scene.work.client.store);
    const { key } = await keyring.create({ name: "short", role: "operator", by: "test", expiresAt: null });
    const cookie = cookieOf((await signIn({ key })).headers);
    const before = await scene.send("api/runs", { headers: { cookie } });
    const listener = await LiveListener.open(scene.server.url, "log", { headers: { cookie } });
    await keyring.revoke("short");

    expect([before.status, listener.status]).toEqual([200, 200]);
    expect((await scene.send("api/runs", { headers: { cookie } })).status).toBe(401);
    expect((await scene.send("api/runs", { headers: bearer(key) })).status).toBe(401);
    listener.close();
  });

  test("is refused to a command of another page, with or without our header", async () => {
    const cookie = cookieOf((await signIn({ user: "ada", password: secrets.ada })).headers);
    const cancel = async (headers: Record<string, string>) =>
      (await scene.send("api/runs/none/cancel", { method: "POST", headers: { cookie, ...headers } })).json
        .code;

    await expect(cancel({})).resolves.toBe("REQUEST_REFUSED");
    await expect(cancel({ ...command, origin: "https://evil.example" })).resolves.toBe("REQUEST_REFUSED");
    await expect(cancel({ ...command, "sec-fetch-site": "cross-site" })).resolves.toBe("REQUEST_REFUSED");
    await expect(cancel(command)).resolves.toBe("RUN_NOT_FOUND");
  });

  test("is for https only where the browser speaks it", async () => {
    const { headers } = await signIn({ key: keys.get("viewer") }, { "x-forwarded-proto": "https" });

    expect(headers.get("set-cookie")).toMatch(/; Secure$/);
  });
});

test("what a client does stands in the log with its name", async () => {
  const run = await createWaiting(scene.work.client.log);
  const { headers } = await signIn({ user: "ada", password: secrets.ada });

  const { status } = await scene.send(`api/runs/${run}/cancel`, {
    method: "POST",
    headers: { ...command, cookie: cookieOf(headers) },
  });

  expect(status).toBe(200);
  const asked = (await scene.work.events(run)).find(({ type }) => type === "RunCancelRequested");
  expect(asked?.actor).toMatch(/^client:\w+ by user:ada$/);
});

describe("a key", () => {
  test("is told once: neither lists nor Redis have it, and a repeated command does not tell it again", async () => {
    const admin = { ...command, ...bearer(keys.get("admin")), "content-type": "application/json" };
    const create = async () =>
      scene.send("api/keys", {
        method: "POST",
        headers: { ...admin, "idempotency-key": "k1" },
        body: JSON.stringify({ name: "deploy", role: "operator" }),
      });
    const { status, json } = await create();
    const again = await create();
    const list = await scene.send("api/keys", { headers: admin });
    const { redis, namespace } = scene.work.client.store;
    const stored = JSON.stringify(await redis.hgetall(systemKeys(namespace.name).apiKeys));

    expect([status, again.status]).toEqual([201, 422]);
    expect(json.key).toMatch(/^millrace_[\w-]{43}$/);
    expect(list.json[0]).toMatchObject({
      name: "deploy",
      role: "operator",
      createdBy: "key:admin",
      usedAt: null,
    });
    expect(JSON.stringify(list.json) + stored).not.toContain(json.key);
    expect((await redis.keys(`mr:{${namespace.name}:sys}:request:*`)).length).toBe(0);

    await scene.send("api/runs", { headers: bearer(json.key) });
    const [used] = await new Keyring(scene.work.client.store).list();
    expect(used?.usedAt).toBeGreaterThan(Date.now() - 60_000);
  });

  test("that is over, wrong, or of another form lets nobody in", async () => {
    const keyring = new Keyring(scene.work.client.store);
    const { key } = await keyring.create({
      name: "over",
      role: "admin",
      by: "test",
      expiresAt: Date.now() - 1,
    });

    for (const wrong of [key, `millrace_${"x".repeat(43)}`, "x", "*"])
      expect((await scene.send("api/runs", { headers: bearer(wrong) })).json.code).toBe("NOT_AUTHENTICATED");
  });
});

test("passwords cannot be guessed by trying, neither at the door nor by header; sessions stay", async () => {
  const cookie = cookieOf((await signIn({ user: "ada", password: secrets.ada })).headers);
  const tries = await Promise.all(
    Array.from({ length: 40 }, async (_, index) =>
      index % 2 === 0
        ? signIn({ user: "ada", password: `guess ${index}` })
        : scene.send("api/runs", { headers: basic("ada", `guess ${index}`) }),
    ),
  );
  const right = await signIn({ user: "ada", password: secrets.ada });

  expect(tries.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
  expect(tries.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(30);
  expect([right.status, right.headers.get("retry-after")]).toEqual([429, "60"]);
  expect((await scene.send("api/runs", { headers: { cookie } })).status).toBe(200);
  expect((await scene.send("api/runs", { headers: bearer(keys.get("viewer")) })).status).toBe(200);
});
