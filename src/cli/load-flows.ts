import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { EngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import { leaveOutStarts } from "../workers/left-out-starts.ts";
import { flowsDefinedBy } from "../workers/worker.ts";
import { note } from "./print.ts";

/**
 * Loads files, TypeScript too, and gives the names of the flows they define. A file that starts a flow when it is
 * loaded does not: its definitions are wanted here, not another run.
 * @throws EngineError FLOW_FILE_UNUSABLE naming the file
 */
export async function loadFlows(files: readonly string[]): Promise<readonly string[]> {
  const paths = files.map(toPath);
  await understandTypeScript(paths);
  const names = new Set<string>();
  for (const path of paths) for (const name of await loadFile(path)) names.add(name);
  return [...names];
}

function toPath(file: string): string {
  const path = resolve(file);
  if (!existsSync(path)) throw unusable(file, "there is no such file");
  if (statSync(path).isDirectory())
    throw unusable(file, "it is a directory; name the file that defines the flow");
  return path;
}

async function understandTypeScript(paths: readonly string[]): Promise<void> {
  const isCheckout = import.meta.url.endsWith(".ts"); // then the launcher has done it
  if (isCheckout || paths.every((path) => /\.[cm]?js$/.test(path))) return;
  const [esm, cjs] = await Promise.all([import("tsx/esm/api"), import("tsx/cjs/api")]);
  esm.register();
  cjs.register();
}

async function loadFile(path: string): Promise<readonly string[]> {
  const file = relative(process.cwd(), path);
  let exported: readonly string[] = [];
  const defined = await flowsDefinedBy(async () => {
    exported = namesOf(await importWithoutStarts(path, file));
  });
  const names = [...new Set([...defined, ...exported])];
  if (names.length === 0) {
    throw unusable(file, `it defines no flow. Does it call flow("name", …) of the package "millrace"?`);
  }
  return names;
}

/** The module; null when it waits for the end of a flow that it started. */
async function importWithoutStarts(path: string, file: string): Promise<unknown> {
  const started = new Promise<null>((resolve) => {
    leaveOutStarts((flow) => {
      note(
        `${file} starts flow "${flow}" when it is loaded; left out. Guard it: if (isMain(import.meta)) await …`,
      );
      setImmediate(() => resolve(null));
    });
  });
  try {
    const loaded: unknown = await Promise.race([import(pathToFileURL(path).href), started]);
    return loaded;
  } catch (thrown) {
    throw unusable(file, `it cannot be loaded. ${explain(toError(thrown))}`, thrown);
  } finally {
    leaveOutStarts((flow) =>
      note(`A start of flow "${flow}" was left out: this process serves, and starts nothing itself.`),
    );
  }
}

/** Flows that the module exports, for one that an earlier file has loaded. */
function namesOf(loaded: unknown): readonly string[] {
  const values: unknown[] = typeof loaded === "object" && loaded !== null ? Object.values(loaded) : [];
  return values.flatMap((value) => {
    const spec: unknown = typeof value === "function" && "spec" in value ? value.spec : null;
    const isFlow = typeof spec === "object" && spec !== null && "parse" in spec && "name" in spec;
    return isFlow && typeof spec.name === "string" ? [spec.name] : [];
  });
}

function explain(error: Error): string {
  const place = /\(?((?:file:\/\/)?\/[^\s()]+:\d+:\d+)\)?/.exec(
    error.stack?.slice(error.message.length) ?? "",
  )?.[1];
  const at =
    place === undefined || error.message.includes(place) ? "" : ` (at ${place.replace("file://", "")})`;
  return `${error.name}: ${error.message}${at}`;
}

function unusable(file: string, why: string, cause?: unknown): EngineError {
  return new EngineError("FLOW_FILE_UNUSABLE", `${file}: ${why}`, { file }, cause);
}
