import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../../../src/base/errors.ts";
import { demand, openAccess } from "../../../../src/server/access/access.ts";
import { type Refusal, tellRefusal } from "../../../../src/server/access/admit.ts";
import { accessOptions } from "../../../../src/server/access/create-access.ts";
import { isSecure, proofIn, writeCookie } from "../../../../src/server/access/proofs.ts";
import {
  isSame,
  proofOf,
  readSession,
  type Session,
  writeSession,
} from "../../../../src/server/access/sessions.ts";
import { findUser, readUsers } from "../../../../src/server/access/users.ts";
import { checkBind } from "../../../../src/server/bind.ts";

describe("a session", () => {
  const session: Session = { id: "s1", of: { user: "ada" }, proof: "p", until: 2_000 };

  test("comes back as it was, until its time is over", () => {
    for (const of of [{ user: "ada" }, { key: "c0ffee" }]) {
      const text = writeSession({ ...session, of }, "secret");

      expect(readSession(text, "secret", 1_999)).toEqual({ ...session, of });
      expect(readSession(text, "secret", 2_000)).toBeNull();
      expect(text).toMatch(/^[\w.-]+$/);
    }
  });

  test("that somebody else has written, or changed, is none", () => {
    const text = writeSession(session, "secret");

    expect(readSession(text, "other", 0)).toBeNull();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 3 }), (at, piece) => {
        const changed = text.slice(0, at) + piece + text.slice(at + 1);
        return changed === text || readSession(changed, "secret", 0) === null;
      }),
      { examples: [[text.length - 1, `${text.at(-1)}.`]] },
    );
    fc.assert(fc.property(fc.string(), (text) => readSession(text, "secret", 0) === null));
  });

  test("knows a password without telling it", () => {
    expect(proofOf("correct horse", "secret")).not.toContain("horse");
    expect(proofOf("correct horse", "secret")).not.toBe(proofOf("correct horses", "secret"));
    expect([isSame("a", "a"), isSame("a", "b"), isSame("", "a")]).toEqual([true, false, false]);
  });
});

describe("what a request brings along", () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

  test.each([
    [{}, { kind: "none" }],
    [{ authorization: "Bearer millrace_x" }, { kind: "key", key: "millrace_x" }],
    [{ authorization: basic("ada:a:b") }, { kind: "password", user: "ada", password: "a:b" }],
    [{ authorization: basic("ada") }, { kind: "password", user: "ada", password: "" }],
    [{ authorization: "Digest x" }, { kind: "none" }],
    [{ cookie: "other=1; millrace_shop=a.b; x=2" }, { kind: "session", text: "a.b" }],
    [{ cookie: "millrace_other=a.b" }, { kind: "none" }],
    [
      { cookie: "millrace_shop=a.b", authorization: "Bearer k" },
      { kind: "key", key: "k" },
    ],
  ])("%j is read", (headers, proof) => {
    expect(proofIn(headers, "millrace_shop")).toEqual(proof);
  });

  test("a cookie is for our pages only, and for https only where that is spoken", () => {
    const options = { path: "/millrace", isSecure: true, maxAgeMs: 60_000 };

    expect(writeCookie("m", "v", options)).toBe(
      "m=v; Path=/millrace; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
    );
    expect(writeCookie("m", "", { path: "/", isSecure: false, maxAgeMs: 0 })).toBe(
      "m=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
    );
    expect(isSecure({ origin: "https://flows.example" })).toBe(true);
    expect(isSecure({ "x-forwarded-proto": "https,http" })).toBe(true);
    expect(isSecure({ origin: "http://flows.example" })).toBe(false);
  });
});

describe("the file of users", () => {
  const text = "# people\nada:admin:correct:horse\n\nbob:viewer:battery staple\n";

  test("gives each a role and a password, which may hold colons", () => {
    const users = readUsers(text);

    expect(findUser(users, "ada", "correct:horse")).toMatchObject({ name: "ada", role: "admin" });
    expect(findUser(users, "bob", "correct:horse")).toBeNull();
    expect(findUser(users, "eve", "")).toBeNull();
  });

  test.each([
    ["", /nobody stands there/],
    ["ada:boss:correct horse", /line 1 is not of the form/],
    ["ada:admin:short", /fewer than 8/],
    ["ada:admin:correct horse\nada:viewer:correct horse", /ada stands there twice/],
  ])("%j is refused", (text, why) => {
    expect(() => readUsers(text)).toThrow(why);
  });
});

test("roles include those below them, and nobody has none", async () => {
  const who = (role: "viewer" | "operator" | "admin") => ({ actor: "user:ada", role });

  expect(() => demand(who("operator"), "viewer")).not.toThrow();
  expect(() => demand(who("operator"), "admin")).toThrow(
    /needs the role admin, and user:ada has the role operator/,
  );
  expect(() => demand(null, "viewer")).toThrow(/Say who you are/);
  expect(() => demand(null, null)).not.toThrow();
  await expect(openAccess.identify({ headers: {}, ip: "127.0.0.1" })).resolves.toMatchObject({
    role: "admin",
  });
});

test("a server without authentication is for this machine only", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"]) checkBind(host, false);
  for (const host of ["0.0.0.0", "::", "10.0.0.7", "flows.example", "127.0.0.1.example"]) {
    expect(() => checkBind(host, false)).toThrow(/everybody who reaches this machine/i);
    checkBind(host, true);
  }
  expect(() => accessOptions("oidc", null)).toThrow(/must be none, basic or keys/);
  expect(() => accessOptions("basic", null)).toThrow(/needs the file of users/);
});

test("a refused command is told of without what stands behind the question mark; a question is not", () => {
  const told: Refusal[] = [];
  const refusal = new EngineError("NOT_AUTHORISED", "no");
  const tell = (method: string, error: unknown): void =>
    tellRefusal(
      (one) => told.push(one),
      { method, url: "/api/runs/r1/cancel?key=secret", ip: "::1" },
      { actor: "user:ada", error },
    );

  tell("POST", refusal);
  tell("GET", refusal);
  tell("POST", new EngineError("RUN_NOT_FOUND", "no"));

  expect(told).toEqual([
    { actor: "user:ada", ip: "::1", method: "POST", path: "/api/runs/r1/cancel", code: "NOT_AUTHORISED" },
  ]);
});
