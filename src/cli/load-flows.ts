import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { EngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import { definedFlows, findFlow } from "../sdk/registry.ts";
import { leaveOutStarts } from "../workers/left-out-starts.ts";
import { flowsDefinedBy } from "../workers/worker.ts";
import { note } from "./print.ts";

/**
 * Loads files, TypeScript too, and gives the names of the flows they define. A file that starts a flow when it is
 * loaded does not: its definitions are wanted here, not another run.
 * @throws EngineError FLOW_FILE_UNUSABLE naming the file
 */
export async function loadFlows(files: readonly string[]): Promise<readonly string[]> {
  return [...(await loadSources(files)).keys()];
}

/** As `loadFlows`, with the file of each flow. */
export async function loadSources(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const paths = files.map(toPath);
  await understandTypeScript(paths);
  const sources = new Map<string, string>();
  for (const path of paths) for (const name of await loadFile(path)) sources.set(name, path);
  return sources;
}

function toPath(file: string): string {
  const path = resolve(file);
  if (!existsSync(path)) throw unusable(file, "there is no such file");
  if (statSync(path).isDirectory())
    throw unusable(file, "it is a directory; name the file that defines the flow");
  return path;
}

/** Both ways of loading: files of a package without `"type": "module"` are CommonJS to Node. */
async function understandTypeScript(paths: readonly string[]): Promise<void> {
  if (paths.every((path) => /\.[cm]?js$/.test(path))) return;
  const { register } = await import("tsx/cjs/api");
  register();
  const isCheckout = import.meta.url.endsWith(".ts"); // then the launcher has done this one
  if (!isCheckout) (await import("tsx/esm/api")).register();
}

async function loadFile(path: string): Promise<readonly string[]> {
  const file = relative(process.cwd(), path);
  let exported: readonly string[] = [];
  const defined = await flowsDefinedBy(async () => {
    exported = namesOf(await importWithoutStarts(path, file));
  });
  const names = [...new Set([...defined, ...exported])];
  if (names.length === 0) {
    for (const name of definedFlows()) findFlow(name); // defined before, as something else?
    throw unusable(file, `it defines no flow. Does it call flow("name", …) of the package "millrace"?`);
  }
  return names;
}

/** The module; null when it waits for the end of a flow that it started. */
async function importWithoutStarts(path: string, file: string): Promise<unknown> {
  const started = new Promise<null>((resolve) => {
    leaveOutStarts((flow) => {
      note(leftOut(flow));
      setImmediate(() => resolve(null));
    });
  });
  try {
    const loaded: unknown = await Promise.race([import(pathToFileURL(path).href), started]);
    return loaded;
  } catch (thrown) {
    throw unusable(file, `it cannot be loaded. ${explain(toError(thrown))}`, thrown);
  } finally {
    leaveOutStarts((flow) => note(leftOut(flow)));
  }
}

function leftOut(flow: string): string {
  return `A file starts flow "${flow}" when it is loaded; that is left out. Guard it: if (isMain(import.meta)) await …`;
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

/** What was thrown, and where in the user's code. */
function explain(error: Error): string {
  const frames = (error.stack ?? "")
    .slice(error.message.length)
    .matchAll(/(?<=[\s(]|file:\/\/)(\/[^\s()]+:\d+:\d+)/g);
  const place = [...frames].map(([, frame = ""]) => frame).find((frame) => !/\/node_modules\//.test(frame));
  const isTold = place === undefined || error.name === "TransformError";
  const advice = error.message.includes('"cjs" output format')
    ? `\nAdd "type": "module" to the package.json of this folder.`
    : "";
  return `${error.name}: ${error.message}${isTold ? "" : ` (at ${place})`}${advice}`;
}

function unusable(file: string, why: string, cause?: unknown): EngineError {
  return new EngineError("FLOW_FILE_UNUSABLE", `${file}: ${why}`, { file }, cause);
}
