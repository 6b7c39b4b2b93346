import { afterEach, describe, expect, test, vi } from "vitest";
import { ApiClient } from "../../../web/api/client.ts";
import { ApiError } from "../../../web/api/problem.ts";

const asked: { readonly url: string; readonly init: RequestInit }[] = [];

/** What a server that always answers so would get. */
function answer(status: number, body: string): ApiClient {
  asked.length = 0;
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(body, { status });
  });
  return new ApiClient("/base/");
}

afterEach(() => vi.unstubAllGlobals());

describe("the client", () => {
  test("asks below its path, and leaves out what was not given", async () => {
    const api = answer(200, "{}");
    await api.ask("runs", { query: { q: "a&b", limit: 5, cursor: undefined } });
    await api.ask("flow", { params: { flow: "../runs?x" } });

    expect(asked.map(({ url }) => url)).toEqual([
      "/base/api/runs?q=a%26b&limit=5",
      "/base/api/flows/..%2Fruns%3Fx",
    ]);
  });

  test("reads what it wrote: questions about a run wait for its own command", async () => {
    const api = answer(200, JSON.stringify({ run: "r1", position: 9 }));
    await api.ask("cancel", { params: { run: "r1" }, body: { reason: null }, idempotencyKey: "k" });
    await api.ask("run", { params: { run: "r1" } });
    await api.ask("run", { params: { run: "r2" } });

    expect(asked[0]?.init).toMatchObject({
      method: "POST",
      headers: { "x-millrace-request": "1", "content-type": "application/json", "idempotency-key": "k" },
    });
    expect(asked.slice(1).map(({ url }) => url)).toEqual([
      "/base/api/runs/r1?min_position=9",
      "/base/api/runs/r2",
    ]);
  });

  test("says what the server says", async () => {
    const problem = {
      title: "Input is not valid",
      detail: "limit is too large",
      code: "INPUT_INVALID",
      instance: "req-1",
      errors: [{ path: "limit", message: "at most 500" }, "nonsense"],
    };
    const error = await answer(422, JSON.stringify(problem))
      .ask("flows", {})
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 422,
      code: "INPUT_INVALID",
      message: "limit is too large",
      requestId: "req-1",
      fields: [{ path: "limit", message: "at most 500" }],
    });
  });

  test.each([
    [502, "<html>Bad gateway</html>", "HTTP_502"],
    [200, "<html>sign in here</html>", "HTTP_200"],
    [500, "null", "HTTP_500"],
  ])("status %d with %s is a problem with a code", async (status, body, code) => {
    await expect(answer(status, body).ask("flows", {})).rejects.toMatchObject({ code });
  });

  test("no answer is a problem of its own", async () => {
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("fetch failed")));

    await expect(new ApiClient("/").ask("flows", {})).rejects.toMatchObject({
      status: 0,
      code: "SERVER_UNREACHABLE",
    });
  });
});
