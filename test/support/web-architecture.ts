import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type Facts, findCycles, kebabCase, maxLines, readFacts, resolveImport } from "./architecture.ts";

interface WebRoom {
  readonly rooms: readonly string[]; // of the web, besides itself
  readonly packages: readonly string[];
}

const view = ["react", "@tanstack/react-query", "@tanstack/react-router"];
const parts = ["format", "api", "live", "keys", "ui"];

/** Who may import whom in `web/`. A screen knows the parts, and no other screen but for what is listed. */
export const webRooms: Readonly<Record<string, WebRoom>> = {
  format: { rooms: [], packages: [] },
  api: { rooms: ["live"], packages: ["react", "@tanstack/react-query"] },
  live: { rooms: ["api"], packages: ["react"] },
  keys: { rooms: [], packages: ["react"] },
  ui: { rooms: ["format", "api"], packages: ["react", "radix-ui", "uplot", "@tanstack/react-virtual"] },
  form: { rooms: ["format", "ui"], packages: ["react"] },
  runs: { rooms: parts, packages: view },
  run: { rooms: [...parts, "form", "runs"], packages: [...view, "@tanstack/react-virtual"] },
  flows: { rooms: [...parts, "form"], packages: view },
  home: { rooms: [...parts, "flows"], packages: view },
  capacity: { rooms: parts, packages: view },
  log: { rooms: parts, packages: view },
  compare: { rooms: parts, packages: view },
  app: {
    rooms: [...parts, "runs", "run", "flows", "home", "capacity", "log", "compare"],
    packages: view,
  },
  styles: { rooms: [], packages: [] },
};

/** What the browser may take from the engine: code without I/O, and the contract with the server. */
const fromSource = ["base", "events", "projections", "server/contract"];
const entry = "main.tsx";

interface Verdict {
  readonly files: number;
  readonly violations: readonly string[];
}

/** Judges every file of the browser's code, which lies in `root/web` beside `root/src`. */
export function checkWeb(root: string): Verdict {
  const web = join(root, "web");
  const paths = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && /\.tsx?$/.test(found.name))
    .map((found) => relative(root, join(found.parentPath, found.name)).split(sep).join("/"));
  const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
  const facts = new Map(
    [...texts].map(([path, text]) => [path, readFacts(text, path.endsWith("x") ? "tsx" : "ts")]),
  );
  const violations = [
    ...[...texts].flatMap(([path, text]) => judgeForm(path, text)),
    ...[...facts].flatMap(([path, found]) => judgeImports(path, found)),
    ...findCycles(facts),
  ];
  return { files: paths.length, violations };
}

function judgeForm(path: string, text: string): string[] {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const found: string[] = [];
  if (!kebabCase.test(path.split("/").at(-1) ?? "")) found.push(`${path}: the file name is not kebab-case`);
  if (lines > maxLines) found.push(`${path}: ${lines} lines, at most ${maxLines}`);
  if (path !== `web/${entry}` && webRooms[roomOf(path)] === undefined)
    found.push(`${path}: ${roomOf(path)} is not a room of the table`);
  return found;
}

function judgeImports(path: string, { imports, reexports }: Facts): string[] {
  const room = webRooms[roomOf(path)];
  const found = imports.flatMap((specifier) => {
    const wrong = path === `web/${entry}` ? null : judgeImport(path, room, specifier);
    return wrong === null ? [] : [`${path}: may not import ${wrong}`];
  });
  return reexports ? [...found, `${path}: import the file you mean, nothing re-exports here`] : found;
}

function judgeImport(path: string, room: WebRoom | undefined, specifier: string): string | null {
  if (room === undefined) return null; // judgeForm has said so
  if (!specifier.startsWith(".")) {
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    return room.packages.includes(name) ? null : `the package ${name}`;
  }
  const target = resolveImport(path, specifier);
  if (target.startsWith("src/")) {
    return fromSource.some((pure) => target.startsWith(`src/${pure}/`)) ? null : target;
  }
  const there = roomOf(target);
  return target.startsWith("web/") && (there === roomOf(path) || room.rooms.includes(there)) ? null : target;
}

/** `web/run/timeline/rows.ts` is of the room `run`. */
function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}
