import { loggerFromEnvironment } from "../../observe/logger.ts";
import { accessOptions } from "../../server/access/create-access.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../server/start-server.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note } from "../print.ts";

export interface AddressOptions {
  readonly port?: number;
  readonly host?: string;
  readonly basePath?: string;
  readonly grafana?: string;
  readonly trace?: string;
}

export interface ServerCommand extends AddressOptions {
  readonly projections?: boolean; // false = --no-projections
  readonly auth?: string;
  readonly users?: string;
}

const defaultPort = 4_200;

export function toServerOptions(options: AddressOptions, projects: boolean): ServerOptions {
  const { port = defaultPort, host = "127.0.0.1", basePath = "", grafana = null, trace = null } = options;
  return { port, host, basePath, grafana, trace, projects };
}

/** `millrace server`: serves until a signal comes. */
export async function serverCommand({
  projections = true,
  auth = "none",
  users,
  ...address
}: ServerCommand): Promise<number> {
  const access = accessOptions(auth, users ?? null);
  const stopping = new Promise<void>((resolve) => {
    onInterrupt(() => resolve());
  });
  const server = await startServer({ ...toServerOptions(address, projections), access });
  announce(server);
  await stopping;
  say("Stopping: what is under way may end; then this server is gone. Another signal ends it at once.");
  await server.stop();
  say("The server stopped.");
  return exits.ok;
}

export function announce({ url, place, namespace, isWebBuilt }: RunningServer): void {
  if (!isForPeople()) {
    loggerFromEnvironment().info({ url, store: place, namespace }, "The server is ready");
    return;
  }
  const colors = colorsOf(process.stderr);
  const line = (title: string, text: string): void => note(`  ${colors.dim(title.padEnd(5))} ${text}`);
  note(`${colors.bold("Millrace")} is at ${colors.cyan(url)}   Stop: Ctrl-C`);
  line("API", `${url}api/docs`);
  line("store", `${place}${namespace === "default" ? "" : `, namespace ${namespace}`}`);
  if (!isWebBuilt) line("note", "the user interface is not built in this copy: npm run build");
}

/** Among the log lines, in their format. */
function say(text: string): void {
  if (isForPeople()) note(text);
  else loggerFromEnvironment().info(text);
}

function isForPeople(): boolean {
  return (process.env["MILLRACE_LOG_FORMAT"] ?? "pretty") === "pretty";
}
