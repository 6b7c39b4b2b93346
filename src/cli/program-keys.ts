import { type Command, Option } from "commander";
import type { CreateKeyCommand } from "./commands/keys.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `keys`: who may use the API of a server. */
export function addKeys(program: Command, onExit: OnExit): void {
  const keys = program.command("keys").description("look at keys of the API, make them, take them back");
  keys
    .command("ls")
    .description("list keys: role, expiry, when they were last used")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { keysCommand } = await import("./commands/keys.ts");
      onExit(await keysCommand(options));
    });
  keys
    .command("create")
    .description("make a key, and print it: this once")
    .argument("<name>", "stands in the log with what is done by it")
    .addOption(
      new Option("-r, --role <role>", "what it allows")
        .choices(["viewer", "operator", "admin"])
        .default("viewer"),
    )
    .option("--expires <duration>", "so long it is good: 90d (default: for ever)")
    .option("--json", "print JSON")
    .action(async (name: string, options: CreateKeyCommand) => {
      const { createKeyCommand } = await import("./commands/keys.ts");
      onExit(await createKeyCommand(name, options));
    });
  keys
    .command("revoke")
    .description("take a key back: no server takes it from now on")
    .argument("<key>", "its id or its name")
    .action(async (key: string) => {
      const { revokeKeyCommand } = await import("./commands/keys.ts");
      onExit(await revokeKeyCommand(key));
    });
}
