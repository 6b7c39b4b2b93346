import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { withoutPassword } from "../redis/connect.ts";
import type { Settings } from "./settings.ts";

/** Where the log is, for people; without a password. */
export function placeOf({ redisUrl, dir }: Settings): string {
  return redisUrl === null ? `embedded Redis in ${resolve(dir)}` : withoutPassword(redisUrl);
}

/** Why there can be no runs yet; null = there may be some. Looking should not make a directory. */
export function missingStore({ redisUrl, dir }: Settings): string | null {
  const path = resolve(dir);
  if (redisUrl !== null || existsSync(path)) return null;
  return `There is no ${path}: nothing was run from this directory. Go to your project, or set MILLRACE_DIR or MILLRACE_REDIS_URL.`;
}
