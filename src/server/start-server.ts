import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { EngineError } from "../base/errors.ts";
import { loggerFromEnvironment } from "../observe/logger.ts";
import { packageVersion } from "../observe/package-version.ts";
import { createProcessMetrics } from "../observe/process-metrics.ts";
import { RedisPresence } from "../redis/presence.ts";
import { Client } from "../workers/client.ts";
import { displayOn } from "../workers/display.ts";
import { Exporter } from "../workers/exporter.ts";
import { redisSource } from "../workers/metric-source.ts";
import { Projector } from "../workers/projector.ts";
import { Queues } from "../workers/queues.ts";
import { openStore, type Settings, type Store, settingsFromEnvironment } from "../workers/settings.ts";
import { placeOf } from "../workers/store-place.ts";
import { type AccessOptions, createAccess } from "./access/create-access.ts";
import { Keyring } from "./access/keyring.ts";
import { createApp } from "./app.ts";
import { toBasePath } from "./base-path.ts";
import { checkBind } from "./bind.ts";
import { Rebuilds } from "./log/rebuilds.ts";
import { OperationOffice } from "./operations/office.ts";
import type { ServerParts } from "./parts.ts";
import { PictureShelf } from "./runs/picture-shelf.ts";
import { StoryShelf } from "./runs/story-shelf.ts";

export interface ServerOptions {
  readonly host: string;
  readonly port: number; // 0 = any that is free
  readonly basePath: string; // "" = none
  readonly projects: boolean; // keeps projections up to date when nobody else does
  readonly grafana: string | null; // address of dashboards; null = none
  readonly trace: string | null; // address of a trace, with "{trace}" in it; null = none
  readonly access?: AccessOptions; // default: nobody is asked who they are, which is for loopback only
}

export interface RunningServer {
  readonly url: string; // of the user interface
  readonly place: string; // where the log is, for people
  readonly namespace: string;
  readonly isWebBuilt: boolean;
  /** Says that it takes no more, finishes what is under way, leaves bulk commands to others. */
  stop(): Promise<void>;
}

const farewellMs = 5_000; // for what is under way

/**
 * Serves the user interface, the API, health and metrics.
 * @throws EngineError BIND_REFUSED, PORT_UNAVAILABLE, OPTION_INVALID, or as `openStore`
 */
export async function startServer(
  options: ServerOptions,
  settings: Settings = settingsFromEnvironment(),
): Promise<RunningServer> {
  const { access = noAccess } = options;
  checkBind(options.host, access.mode !== "none");
  const basePath = toBasePath(options.basePath);
  const store = await openStore(settings);
  try {
    return await start(store, { ...options, access, basePath });
  } catch (error) {
    await store.close();
    throw error;
  }
}

const noAccess: AccessOptions = { mode: "none", usersFile: null };

async function start(
  store: Store,
  options: ServerOptions & { readonly access: AccessOptions },
): Promise<RunningServer> {
  const logger = loggerFromEnvironment();
  for (const warning of store.warnings) logger.warn(warning);
  const { trouble: onTrouble } = displayOn(logger);
  const { redis, address, namespace } = store;
  const client = new Client(store);
  const queues = new Queues(redis, address, namespace.name);
  const presence = new RedisPresence(redis);
  const webRoot = findWeb();
  const keyring = new Keyring(store);
  let isStopping = false;
  const parts: ServerParts = {
    store,
    client,
    presence,
    access: createAccess(options.access, store, keyring),
    keyring,
    exporter: createExporter(store, queues, onTrouble),
    operations: new OperationOffice(client, onTrouble),
    rebuilds: new Rebuilds(store, onTrouble),
    pictures: new PictureShelf(),
    stories: new StoryShelf(),
    host: options.host,
    basePath: options.basePath,
    webRoot,
    links: { grafana: options.grafana, trace: options.trace },
    version: packageVersion(),
    isStopping: () => isStopping,
    onRefusal: (refusal) => logger.warn(refusal, "A command was refused"),
    onTrouble,
  };
  const app = createApp(parts);
  const port = await listen(app, options);
  const projector = new Projector({ redis, address, namespace, worker: client.id, onTrouble });
  if (options.projects) projector.start();
  parts.operations.start();
  const name = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${name}:${port}${options.basePath}/`,
    place: placeOf(store.settings),
    namespace: namespace.name,
    isWebBuilt: webRoot !== null,
    stop: async () => {
      isStopping = true;
      await atMost(farewellMs, app.close());
      app.server.closeAllConnections();
      await atMost(
        farewellMs,
        Promise.all([parts.operations.stop(), parts.rebuilds.settled(), projector.stop()]),
      );
      await atMost(farewellMs, queues.close());
      presence.close();
      await atMost(farewellMs, client.close());
    },
  };
}

function createExporter(store: Store, queues: Queues, onTrouble: (error: unknown) => void): Exporter {
  const metrics = createProcessMetrics({ version: packageVersion(), component: "server", slots: null });
  store.redis.on("error", (error: Error) => metrics.redisFailed(error));
  return new Exporter({
    namespace: store.namespace.name,
    source: redisSource(store, queues),
    metrics,
    onTrouble,
  });
}

/** The built user interface: beside the compiled server, or in the folder that a checkout builds into. */
function findWeb(): string | null {
  const places = ["../web/", "../../dist/web/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return places.find((place) => existsSync(`${place}index.html`)) ?? null;
}

type App = ReturnType<typeof createApp>;

async function listen(app: App, { host, port }: Pick<ServerOptions, "host" | "port">): Promise<number> {
  try {
    await app.listen({ host, port });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server has such an address
    return (app.server.address() as AddressInfo).port;
  } catch (error) {
    await app.close();
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new EngineError(
      "PORT_UNAVAILABLE",
      `The server cannot be reached at ${host}:${port} (${code}): ${advice[code] ?? "choose another --port or --host"}.`,
      { host, port },
      error,
    );
  }
}

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "another process has this port; it may be a server of yours. Choose another one with --port, or 0 for any",
  EACCES: "this user may not open this port; choose one above 1023 with --port",
  EADDRNOTAVAIL: "this machine does not have this address; give another --host",
};

/** Waits for `work`, but not for long; what fails then is of no interest any more. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}
