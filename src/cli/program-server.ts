import { type Command, Option } from "commander";
import type { DevCommand } from "./commands/dev.ts";
import type { ServerCommand } from "./commands/server.ts";
import { toPort } from "./parameters.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `server` and `dev`. */
export function addServer(program: Command, onExit: OnExit): void {
  const server = program
    .command("server")
    .description("serve the user interface and the API, until Ctrl-C")
    .option("--no-projections", "leave it to workers to keep lists and statistics up to date")
    .addOption(
      new Option("--auth <mode>", "who may ask: none (this machine only, default), basic or keys").env(
        "MILLRACE_AUTH",
      ),
    )
    .addOption(
      new Option("--users <file>", "for basic: one name:role:password a line").env("MILLRACE_USERS"),
    );
  addAddress(server).action(async (options: ServerCommand) => {
    const { serverCommand } = await import("./commands/server.ts");
    onExit(await serverCommand(options));
  });
  const dev = program
    .command("dev")
    .description("serve the user interface and the flows of files, which are loaded again when they change")
    .argument("<file...>", "TypeScript or JavaScript files")
    .option("--open", "open the user interface in the browser");
  addAddress(dev).action(async (files: string[], options: DevCommand) => {
    const { devCommand } = await import("./commands/dev.ts");
    onExit(await devCommand(files, options));
  });
}

function addAddress(command: Command): Command {
  return command
    .addOption(
      new Option("--port <n>", "port; 0 = any that is free (default: 4200)")
        .env("MILLRACE_PORT")
        .argParser(toPort("--port (or MILLRACE_PORT)")),
    )
    .addOption(new Option("--host <host>", "address to serve at (default: 127.0.0.1)").env("MILLRACE_HOST"))
    .addOption(
      new Option("--base-path <path>", "path that everything lies below, as behind a proxy: /millrace").env(
        "MILLRACE_BASE_PATH",
      ),
    )
    .addOption(new Option("--grafana <url>", "address of dashboards to link to").env("MILLRACE_GRAFANA_URL"))
    .addOption(
      new Option("--trace <url>", "address of a trace to link to, with {trace} for its id").env(
        "MILLRACE_TRACE_URL",
      ),
    );
}
