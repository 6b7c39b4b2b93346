import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { EngineError } from "../base/errors.ts";
import type { Exposition } from "./exposition.ts";

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number; // 0 = any that is free
}

export interface MetricsServer {
  readonly url: string; // of /metrics
  close(): Promise<void>;
}

export const defaultMetricsHost = "127.0.0.1";

/**
 * Serves `/metrics`, and `/livez`, which says no more than that the process answers.
 * @throws EngineError PORT_UNAVAILABLE
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  expose: (accept: string | null) => Promise<Exposition>,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    void answer(request, response, expose);
  });
  await listen(server, { host, port });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/metrics`,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port }: MetricsAddress): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new EngineError(
      "PORT_UNAVAILABLE",
      `Metrics cannot be served at ${host}:${port}: ${reasons[code] ?? String(error)}. ` +
        `Choose another port or host, or leave the option out.`,
      { host, port },
      error,
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process has this port",
  EACCES: "this user may not open this port",
  EADDRNOTAVAIL: "this machine does not have this address",
  ENOTFOUND: "this host is unknown",
};

async function answer(
  { method = "", url = "", headers }: IncomingMessage,
  response: ServerResponse,
  expose: (accept: string | null) => Promise<Exposition>,
): Promise<void> {
  const path = url.split("?")[0];
  const end = (status: number, text: string, contentType = "text/plain; charset=utf-8"): void => {
    response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
    response.end(method === "HEAD" ? undefined : text);
  };
  if (method !== "GET" && method !== "HEAD") return end(405, "Only GET and HEAD.\n");
  if (path === "/livez") return end(200, "ok\n");
  if (path !== "/metrics") return end(404, "There are /metrics and /livez.\n");
  try {
    const { contentType, body } = await expose(headers.accept ?? null);
    end(200, body, contentType);
  } catch (error) {
    end(500, `The metrics cannot be rendered: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
