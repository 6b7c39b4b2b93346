import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isEngineError } from "../../../src/base/errors.ts";
import { toBasePath } from "../../../src/server/base-path.ts";
import { checkBind, isLoopback } from "../../../src/server/bind.ts";
import { escapeHtml, toScriptJson } from "../../../src/server/web/escape-html.ts";
import { chooseBody, readWebFiles } from "../../../src/server/web/web-files.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-web-"));
afterAll(() => rmSync(root, { recursive: true }));

function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    return isEngineError(error) ? error.code : String(error);
  }
}

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])(
  "%s is this machine",
  (host) => {
    expect([isLoopback(host), codeOf(() => checkBind(host, false))]).toEqual([true, "none"]);
  },
);

test.each(["0.0.0.0", "::", "192.168.0.7", "127.0.0.1.evil.example", "localhost.evil.example", ""])(
  "%s is not, and is refused without authentication",
  (host) => {
    expect([
      isLoopback(host),
      codeOf(() => checkBind(host, false)),
      codeOf(() => checkBind(host, true)),
    ]).toEqual([false, "BIND_REFUSED", "none"]);
  },
);

test("base paths", () => {
  expect(["", "/", "/a", "/a/b-c/"].map(toBasePath)).toEqual(["", "", "/a", "/a/b-c"]);
  for (const text of ["a", "//a", "/a?b", '/a"', "/a/../<b>"])
    expect(codeOf(() => toBasePath(text))).toBe("OPTION_INVALID");
});

test("nothing in a value ends the element it stands in", () => {
  const hostile = "</script><!--\u2028\u2029&'\"";

  expect(toScriptJson(hostile)).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(toScriptJson(hostile))).toBe(hostile);
  expect(escapeHtml(hostile)).not.toMatch(/[<>"']/);
});

describe("files of the build", () => {
  mkdirSync(join(root, "assets"));
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  write("index.html", "<p>");
  write("favicon.svg", "<svg/>");
  write("assets/app-Ab12_-9x.js", "plain");
  write("assets/app-Ab12_-9x.js.br", "small");
  write("assets/app-Ab12_-9x.js.gz", "middle");
  const files = readWebFiles(root);
  const script = files.get("/assets/app-Ab12_-9x.js");

  test("what the build has compressed is no file of its own; a name with a hash is kept for ever", () => {
    expect([...files.keys()].toSorted()).toEqual(["/assets/app-Ab12_-9x.js", "/favicon.svg", "/index.html"]);
    expect([script?.isImmutable, files.get("/index.html")?.isImmutable]).toEqual([true, false]);
    expect([script?.type, files.get("/favicon.svg")?.type]).toEqual([
      "text/javascript; charset=utf-8",
      "image/svg+xml",
    ]);
  });

  test.each([
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["", "identity"],
    ["zstd", "identity"],
  ])("a browser that takes %j gets %s", (accepted, encoding) => {
    expect(script === undefined ? null : chooseBody(script, accepted)[0]).toBe(encoding);
  });
});
