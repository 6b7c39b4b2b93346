import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { EngineError } from "../../../src/base/errors.ts";
import { type MetricsServer, serveMetrics } from "../../../src/observe/serve-metrics.ts";

const servers: MetricsServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.close()));
});

async function serve(body: () => Promise<string>, host = "127.0.0.1"): Promise<MetricsServer> {
  const server = await serveMetrics({ host, port: 0 }, async (accept) => ({
    contentType: accept === "open" ? "open" : "text/plain",
    body: await body(),
  }));
  servers.push(server);
  return server;
}

async function get(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

describe("the server of metrics", () => {
  test("answers with what was rendered for the caller", async () => {
    const { url } = await serve(async () => "a 1\n");

    expect(await get(url)).toEqual({ status: 200, type: "text/plain", text: "a 1\n" });
    expect(await get(`${url}?x=1`, { headers: { accept: "open" } })).toMatchObject({ type: "open" });
    expect(await get(url, { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  });

  test("says that it is alive even when nothing can be rendered", async () => {
    const { url } = await serve(async () => Promise.reject(new Error("no numbers")));

    expect(await get(url)).toMatchObject({ status: 500, text: expect.stringContaining("no numbers") });
    expect(await get(new URL("/livez", url).href)).toMatchObject({ status: 200, text: "ok\n" });
  });

  test("knows no other path and no other method", async () => {
    const { url } = await serve(async () => "");

    expect(await get(new URL("/", url).href)).toMatchObject({ status: 404 });
    expect(await get(url, { method: "POST" })).toMatchObject({ status: 405 });
  });

  test("does not wait for callers that keep their connection when it is closed", async () => {
    const server = await serve(async () => "");
    await get(server.url, { headers: { connection: "keep-alive" } });

    await server.close();

    await expect(get(server.url)).rejects.toThrow("fetch failed");
    servers.splice(0);
  });

  test("says so when the port is taken, or the host is none of this machine", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as { port: number };
    const expose = async () => ({ contentType: "", body: "" });

    const taken = await serveMetrics({ host: "127.0.0.1", port }, expose).catch((error: unknown) => error);
    const foreign = await serveMetrics({ host: "192.0.2.1", port: 0 }, expose).catch(
      (error: unknown) => error,
    );
    other.close();

    expect(taken).toMatchObject({ code: "PORT_UNAVAILABLE", details: { host: "127.0.0.1", port } });
    expect((taken as EngineError).message).toContain("another process has this port");
    expect(foreign).toMatchObject({ code: "PORT_UNAVAILABLE" });
  });
});
