import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Tells whether a module is the script that Node was started with: `if (isMain(import.meta)) await pipeline();` */
export function isMain(meta: ImportMeta): boolean {
  const script = process.argv[1];
  if (script === undefined) return false;
  try {
    return realpathSync(script) === realpathSync(fileURLToPath(meta.url));
  } catch {
    return false; // the script is not a file: `node -e`, a REPL
  }
}
