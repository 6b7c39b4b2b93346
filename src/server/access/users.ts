import { EngineError } from "../../base/errors.ts";
import type { Role } from "../contract/paths.ts";
import { isSame } from "./sessions.ts";

/** Somebody with a password. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

const leastPassword = 8; // characters
const form = /^([\w.@-]{1,60}):(viewer|operator|admin):(.+)$/;

/**
 * A file of users, one a line: `ada:admin:the password`. Empty lines and lines that begin with # are left out.
 * @throws EngineError OPTION_INVALID
 */
export function readUsers(text: string): readonly User[] {
  const users = new Map<string, User>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, name, role, password] = form.exec(line) ?? [];
    if (name === undefined || !isRole(role) || password === undefined)
      throw invalid(
        `line ${index + 1} is not of the form name:role:password, with the role viewer, operator or admin`,
      );
    if (password.length < leastPassword)
      throw invalid(`the password of ${name} has fewer than ${leastPassword} characters`);
    if (users.has(name)) throw invalid(`${name} stands there twice`);
    users.set(name, { name, role, password });
  }
  if (users.size === 0) throw invalid("nobody stands there");
  return [...users.values()];
}

/** null = there is nobody of this name with this password. */
export function findUser(users: readonly User[], name: string, password: string): User | null {
  const user = users.find((one) => one.name === name);
  const isRight = isSame(password, user?.password ?? ""); // also for a name that is not there: it takes as long
  return user !== undefined && isRight ? user : null;
}

function isRole(text: string | undefined): text is Role {
  return text === "viewer" || text === "operator" || text === "admin";
}

function invalid(what: string): EngineError {
  return new EngineError("OPTION_INVALID", `The file of users cannot be used: ${what}.`);
}
