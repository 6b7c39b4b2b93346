import { type Client, openClient } from "../workers/client.ts";
import { settingsFromEnvironment } from "../workers/settings.ts";
import { missingStore } from "../workers/store-place.ts";
import { exits } from "./outcome.ts";
import { note } from "./print.ts";

/** Runs a command that looks at what is there. Without a store it says so, makes none, and ends well. */
export async function withClient(command: (client: Client) => Promise<number>): Promise<number> {
  const missing = missingStore(settingsFromEnvironment());
  if (missing !== null) {
    note(missing);
    return exits.ok;
  }
  const client = await openClient();
  try {
    return await command(client);
  } finally {
    await client.close();
  }
}
