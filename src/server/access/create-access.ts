import { readFileSync } from "node:fs";
import { EngineError } from "../../base/errors.ts";
import { toError } from "../../base/recorded-error.ts";
import type { Store } from "../../workers/settings.ts";
import { type Access, openAccess } from "./access.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import type { Keyring } from "./keyring.ts";
import { readUsers, type User } from "./users.ts";

/** How a server asks who somebody is. */
export interface AccessOptions {
  readonly mode: Access["mode"];
  readonly usersFile: string | null; // for basic; see `readUsers`
}

/** @throws EngineError OPTION_INVALID */
export function accessOptions(mode: string, usersFile: string | null): AccessOptions {
  if (mode !== "none" && mode !== "basic" && mode !== "keys")
    throw new EngineError(
      "OPTION_INVALID",
      `--auth (or MILLRACE_AUTH) must be none, basic or keys, and is ${JSON.stringify(mode)}.`,
    );
  if (mode === "basic" && usersFile === null)
    throw new EngineError(
      "OPTION_INVALID",
      "--auth basic needs the file of users: --users FILE (or MILLRACE_USERS), one name:role:password a line.",
    );
  return { mode, usersFile };
}

/** @throws EngineError OPTION_INVALID for a file of users that cannot be used */
export function createAccess(
  { mode, usersFile }: AccessOptions,
  store: Pick<Store, "redis" | "namespace">,
  keyring: Keyring,
): Access {
  if (mode === "none") return openAccess;
  return new Gatekeeper({ store, keyring, users: mode === "basic" ? loadUsers(usersFile ?? "") : null });
}

function loadUsers(file: string): readonly User[] {
  try {
    return readUsers(readFileSync(file, "utf8"));
  } catch (thrown) {
    const error = toError(thrown);
    if (error instanceof EngineError) throw error;
    throw new EngineError(
      "OPTION_INVALID",
      `The file of users ${file} cannot be read: ${error.message}`,
      { file },
      error,
    );
  }
}
