import { EngineError } from "../base/errors.ts";

/**
 * A path that everything lies below, for a proxy that serves other things too: "/millrace"; "" = none.
 * @throws EngineError OPTION_INVALID
 */
export function toBasePath(text: string): string {
  const path = text.replace(/\/+$/, "");
  if (path === "" || /^(?:\/[\w.~-]+)+$/.test(path)) return path;
  throw new EngineError(
    "OPTION_INVALID",
    `--base-path must be a path as in /millrace, and is ${JSON.stringify(text)}.`,
    { option: "--base-path" },
  );
}
