import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import { historySuffix } from "./export-runs.ts";

/**
 * The files of histories that `paths` name: files themselves, and those of directories, sorted by their names.
 * @throws EngineError OPTION_INVALID when there is nothing at a path
 */
export function findHistoryFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    try {
      if (!statSync(path).isDirectory()) return [path];
      const names = readdirSync(path).filter((name) => name.endsWith(historySuffix));
      return names.toSorted().map((name) => join(path, name));
    } catch (error) {
      throw unusable(path, error);
    }
  });
}

/** @throws EngineError OPTION_INVALID */
export function readHistoryFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unusable(file, error);
  }
}

function unusable(path: string, error: unknown): EngineError {
  return new EngineError(
    "OPTION_INVALID",
    `${path} cannot be read: ${toError(error).message}. Name a file that "millrace export" wrote, or a directory of such files.`,
    { path },
  );
}
