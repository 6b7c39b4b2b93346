import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { flow } from "../../src/workers/define.ts";
import { newKey, ServerScene } from "../support/server-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

flow("echo", async (value: unknown) => value);

let scene: ServerScene;
let run = "";

beforeAll(async () => {
  scene = await ServerScene.open({ basePath: "/millrace", grafana: "https://grafana.example" });
  await scene.serve(["echo"]);
  run = await scene.work.start("echo", 1);
  await scene.work.ending(run);
});
afterAll(async () => scene.close());

const api = "/millrace/api";
const sign = { "x-millrace-request": "1" };
const json = { "content-type": "application/json" };

const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  scene.send(`${api}${path}`, { method: "POST", body, headers: { ...sign, ...json, ...headers } });

describe("problems", () => {
  test.each([
    ["a route that is not there", () => scene.send(`${api}/nothing`), 404, "ROUTE_UNKNOWN"],
    ["a run that is not there", () => scene.send(`${api}/runs/nobody`), 404, "RUN_NOT_FOUND"],
    ["a query that is not understood", () => scene.send(`${api}/runs?q=statu:x`), 422, "OPTION_INVALID"],
    ["a damaged cursor", () => scene.send(`${api}/runs?cursor=abc`), 422, "OPTION_INVALID"],
    ["a parameter of another form", () => scene.send(`${api}/runs?limit=many`), 400, "REQUEST_INVALID"],
    ["a body that is no JSON", () => post("/runs", "{"), 400, "REQUEST_INVALID"],
    ["a body of another form", () => post("/runs", '{"flow":3}'), 400, "REQUEST_INVALID"],
    [
      "a body that would change what objects are",
      () => post("/runs", '{"__proto__":{"flow":"echo"}}'),
      400,
      "REQUEST_INVALID",
    ],
    [
      "a form of another site",
      () => post("/runs", "flow=echo", { "content-type": "text/plain" }),
      415,
      "REQUEST_INVALID",
    ],
    [
      "a command that the state does not allow",
      () => post(`/runs/${run}/retry`, "{}"),
      409,
      "STATE_CONFLICT",
    ],
    ["a command to a run that has ended", () => post(`/runs/${run}/cancel`, "{}"), 409, "RUN_CLOSED"],
    [
      "an event that the run does not have",
      () => scene.send(`${api}/runs/${run}?min_position=900`),
      409,
      "POSITION_NOT_REACHED",
    ],
    [
      "a name that no queue can have",
      () => post("/runs", '{"flow":"echo","queue":"a b/c"}'),
      422,
      "OPTION_INVALID",
    ],
  ])("%s", async (_, ask, status, code) => {
    const got = await ask();

    expect([got.status, got.json.code]).toEqual([status, code]);
    expect(got.headers.get("content-type")).toContain("application/problem+json");
    expect(got.json.instance).toBe(got.headers.get("x-request-id"));
  });

  test("every wrong field is named", async () => {
    const { json: problem } = await post("/runs", '{"flow":"","tags":[3],"startAt":"soon"}');

    expect(problem.errors.map(({ path }: { path: string }) => path)).toEqual(["flow", "tags.0", "startAt"]);
  });
});

describe("other sites are kept out", () => {
  test.each([
    ["no sign of ours", {}],
    ["the origin of another site", { ...sign, origin: "https://evil.example" }],
    ["no origin at all, from a page", { ...sign, origin: "null" }],
    ["a browser that says so", { ...sign, "sec-fetch-site": "cross-site" }],
  ])("a command with %s is refused", async (_, headers) => {
    const got = await scene.send(`${api}/runs`, {
      method: "POST",
      body: '{"flow":"echo"}',
      headers: { ...json, ...headers } as Record<string, string>,
    });

    expect([got.status, got.json.code]).toEqual([403, "REQUEST_REFUSED"]);
  });

  test("a foreign name that points here is not served", async () => {
    const answer = await raw(
      "GET /millrace/api/info HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    );
    const own = await raw(
      "GET /millrace/api/info HTTP/1.1\r\nHost: localhost:80\r\nConnection: close\r\n\r\n",
    );

    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(own).toMatch(/^HTTP\/1.1 200 /);
  });

  test("every answer has the strict headers, and none is for other origins", async () => {
    for (const path of ["/millrace/", `${api}/info`, `${api}/nothing`, "/livez"]) {
      const { headers } = await scene.send(path, { headers: { origin: "https://evil.example" } });
      expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

async function raw(request: string): Promise<string> {
  const { port } = new URL(scene.server.url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(request));
    socket.on("data", (part: Buffer) => (text += part.toString()));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("idempotency keys", () => {
  test("the same key is carried out once, and answered alike", async () => {
    const key = { "idempotency-key": newKey() };
    const [one, two] = [
      await post("/runs", '{"flow":"echo","input":1}', key),
      await post("/runs", '{"flow":"echo","input":1}', key),
    ];

    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.json).toEqual(one.json);
    expect(two.headers.get("idempotency-replayed")).toBe("true");
  });

  test("ten at once make one run", async () => {
    const key = { "idempotency-key": newKey() };
    const all = await Promise.all(
      Array.from({ length: 10 }, () => post("/runs", '{"flow":"echo","name":"once"}', key)),
    );
    const runs = new Set(all.flatMap(({ status, json: body }) => (status === 201 ? [body.run] : [])));

    expect(runs.size).toBe(1);
    expect(all.every(({ status, json: body }) => status === 201 || body.code === "REQUEST_UNDER_WAY")).toBe(
      true,
    );
  });

  test("another request with the same key is refused; one that was refused may be mended", async () => {
    const key = { "idempotency-key": newKey() };
    const bad = await post("/runs", '{"flow":"echo","queue":"a/b"}', key);
    const mended = await post("/runs", '{"flow":"echo"}', key);
    const other = await post("/runs", '{"flow":"echo","input":2}', key);

    expect([bad.status, mended.status, other.status, other.json.code]).toEqual([422, 201, 422, "KEY_REUSED"]);
  });
});

test("pages fit together while runs are created: none is missed, none comes twice", async () => {
  const made = await Promise.all(Array.from({ length: 30 }, () => scene.work.start("echo", "paged")));
  await scene.settled();
  const seen: string[] = [];
  for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
    const query = {
      q: "flow:echo",
      limit: 7,
      ...(cursor === null ? {} : { cursor }),
    };
    const page: AnswerOf<"runs"> = await scene.get("runs", { query });
    seen.push(...page.runs.map(({ run: id }) => id));
    cursor = page.next;
    await scene.work.start("echo", "meanwhile");
  }

  expect(new Set(seen).size).toBe(seen.length);
  for (const id of made) expect(seen).toContain(id);
});

test("what was put in comes out as it was, however hostile", async () => {
  const hostile = {
    script: "</script><script>alert(1)</script>",
    nul: "a\u0000b",
    rtl: "\u202Etxt.exe",
    long: "x".repeat(5 * 1024 * 1024),
  };
  const started = await scene.get("start", { body: { flow: "echo", input: hostile } });
  await scene.work.ending(started.run);
  const detail = await scene.get("run", { params: { run: started.run } });
  const { values } = await scene.get("values", { params: { run: started.run, position: 1 } });
  const page = await scene.get("events", { params: { run: started.run } });

  expect(detail.input).toEqual({ $truncated: expect.any(Number) });
  expect(JSON.stringify(values["input"]) === JSON.stringify(hostile)).toBe(true);
  expect(JSON.stringify(page).length).toBeLessThan(20_000);
});

test("half a character cannot be recorded, and the answer says where it is", async () => {
  const { status, json: problem } = await post("/runs", '{"flow":"echo","input":{"lone":"\\ud800"}}');

  expect([status, problem.code]).toEqual([422, "OUTPUT_UNRECORDABLE"]);
  expect(problem.detail).toContain("$.lone");
});

test("the page stands for every address, with its settings and below the base path", async () => {
  const page = await scene.send("/millrace/runs/anything?x=1");
  const api404 = await scene.send("/elsewhere");

  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(page.json).toContain('<script id="millrace-config" type="application/json">{"basePath":"/millrace"');
  expect(page.json).not.toContain('"/api/');
  expect(api404.status).toBe(404);
  expect((await scene.send("/")).headers.get("location")).toBe("/millrace/");
});

test("health is for machines, and metrics are of this namespace", async () => {
  const [live, ready, metrics] = [
    await scene.send("/livez"),
    await waitUntil(
      async () => {
        const answer = await scene.send("/readyz?verbose");
        expect(answer.status).toBe(200);
        return answer;
      },
      { timeoutMs: 20_000 },
    ),
    await scene.send("/metrics"),
  ];

  expect([live.json, ready.status]).toEqual(["ok\n", 200]);
  expect(ready.json).toContain("ok: redis");
  expect(metrics.json).toMatch(/millrace_runs_started_total\{.*flow="echo"/);
});
