import { userInfo } from "node:os";
import { toMs } from "../../base/durations.ts";
import { EngineError } from "../../base/errors.ts";
import { Keyring } from "../../server/access/keyring.ts";
import type { ApiKeyRow } from "../../server/contract/access.ts";
import type { Role } from "../../server/contract/paths.ts";
import { openClient } from "../../workers/client.ts";
import { toLocalTime } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

/** `millrace keys ls`: what keys there are, without the keys themselves. */
export async function keysCommand({ json = false }: { json?: boolean }): Promise<number> {
  return withClient(async ({ store }) => {
    const rows = await new Keyring(store).list();
    if (json) for (const row of rows) out(toLine(row));
    else if (rows.length > 0) printKeys(rows);
    if (rows.length === 0) note("No keys. Make one: millrace keys create NAME --role viewer");
    return exits.ok;
  });
}

export interface CreateKeyCommand {
  readonly role: Role;
  readonly expires?: string; // a duration
  readonly json?: boolean;
}

/** `millrace keys create`: prints the key, which stands nowhere else. */
export async function createKeyCommand(
  name: string,
  { role, expires, json = false }: CreateKeyCommand,
): Promise<number> {
  if (!/^[\w.@-]{1,60}$/.test(name))
    throw new EngineError("OPTION_INVALID", "A key is named by 1 to 60 letters, digits, _, -, . or @.");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `toMs` checks it
  const expiresAt = expires === undefined ? null : Date.now() + toMs(expires as `${number}d`);
  const client = await openClient();
  try {
    const by = `cli:${userInfo().username}`;
    const { key, ...row } = await new Keyring(client.store).create({ name, role, expiresAt, by });
    if (json) out(toLine({ ...row, key }));
    else {
      out(key);
      note(`Key ${name} is a ${role}'s. Keep it now: it is told this once, and only its hash is kept.`);
    }
    return exits.ok;
  } finally {
    await client.close();
  }
}

/** `millrace keys revoke`: no server takes it any more, from now on. */
export async function revokeKeyCommand(reference: string): Promise<number> {
  return withClient(async ({ store }) => {
    const isRevoked = await new Keyring(store).revoke(reference);
    if (!isRevoked) throw new EngineError("OPTION_INVALID", `There is no key ${JSON.stringify(reference)}.`);
    out(`${reference}: revoked`);
    return exits.ok;
  });
}

function printKeys(rows: readonly ApiKeyRow[]): void {
  const time = (at: number | null, none: string): string => (at === null ? none : toLocalTime(at));
  printTable(
    [
      { title: "KEY", cells: rows.map(({ id }) => id) },
      { title: "NAME", cells: rows.map(({ name }) => name) },
      { title: "ROLE", cells: rows.map(({ role }) => role) },
      { title: "CREATED", cells: rows.map(({ createdAt }) => toLocalTime(createdAt)) },
      { title: "BY", cells: rows.map(({ createdBy }) => createdBy) },
      { title: "EXPIRES", cells: rows.map(({ expiresAt }) => time(expiresAt, "never")) },
      { title: "USED", cells: rows.map(({ usedAt }) => time(usedAt, "not yet")) },
    ],
    colorsOf(process.stdout),
  );
}
