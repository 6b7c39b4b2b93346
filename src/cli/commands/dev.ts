import { spawn } from "node:child_process";
import { startServer } from "../../server/start-server.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { ReloadedWorker } from "../dev/reloaded-worker.ts";
import { watchSources } from "../dev/watch-sources.ts";
import { exits } from "../outcome.ts";
import { note } from "../print.ts";
import { type AddressOptions, announce, toServerOptions } from "./server.ts";

export interface DevCommand extends AddressOptions {
  readonly open?: boolean;
}

/** `millrace dev FILE...`: a server, and a worker that is replaced by another one when a source file changes. */
export async function devCommand(
  files: readonly string[],
  { open = false, ...address }: DevCommand,
): Promise<number> {
  const stopping = new Promise<void>((resolve) => {
    onInterrupt(() => resolve());
  });
  const server = await startServer(toServerOptions(address, true));
  announce(server);
  const worker = new ReloadedWorker(files, note);
  worker.start();
  const watch = watchSources(process.cwd(), (file) => {
    note(`${file} changed: the worker is loaded again.`);
    worker.replace();
  });
  if (open) openInBrowser(server.url);
  await stopping;
  watch.close();
  await worker.stop();
  await server.stop();
  return exits.ok;
}

/** Nobody minds where there is no browser: the address was printed. */
function openInBrowser(url: string): void {
  const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
    darwin: ["open", url],
    win32: ["cmd", "/c", "start", "", url],
  };
  const [command, ...args] = commands[process.platform] ?? ["xdg-open", url];
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
