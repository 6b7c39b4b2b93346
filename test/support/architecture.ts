import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parseAst } from "vitest/node";

interface Room {
  readonly rooms: readonly string[]; // whom it may import, besides itself
  readonly packages: readonly string[]; // from outside; "name@file.ts" = in that file only
  readonly node: boolean | readonly string[]; // node: modules; a list = "module@file.ts" only
  readonly pure: boolean; // no clock, chance, timer, process, console or I/O
}

const pure = { node: false, pure: true } as const;
const shell = { node: true, pure: false } as const;
const core = ["base", "events", "engine", "projections", "sdk"];

/** Who may import whom: the whole law, and no list of excused files. Arrows point up. */
export const rooms: Readonly<Record<string, Room>> = {
  base: { ...pure, rooms: [], packages: [] },
  events: { ...pure, rooms: ["base"], packages: ["zod", "msgpackr@codec.ts"] },
  engine: { ...pure, rooms: ["base", "events"], packages: [] },
  projections: { ...pure, rooms: ["base", "events"], packages: [] },
  sdk: {
    ...pure,
    rooms: ["base", "events", "engine"],
    packages: ["zod"],
    node: ["node:async_hooks@context.ts"], // AsyncLocalStorage carries the run through user code
  },
  observe: {
    ...shell,
    rooms: ["base", "events", "projections"], // metrics are folds of the log, and have their buckets
    packages: ["pino", "prom-client", "picocolors", "@opentelemetry/api@tracing.ts"],
  },
  redis: { ...shell, rooms: [...core, "observe"], packages: ["ioredis", "zod"] },
  stores: { ...shell, rooms: ["base", "events", "engine", "sdk"], packages: ["aws4fetch@s3-store.ts"] },
  workers: {
    ...shell,
    rooms: [...core, "observe", "redis", "stores"],
    packages: ["bullmq", "zod", "unique-names-generator"],
  },
  postgres: {
    ...shell,
    rooms: ["base", "events", "engine", "sdk", "redis", "workers"], // `task()`, and the limit of recorded values
    packages: [], // users bring their driver; only its shape is known here
  },
  testing: { ...shell, rooms: [...core, "observe", "redis", "stores", "workers"], packages: [] },
  // What the server and the browser agree on; a room within a room, as the browser may import nothing else of it.
  "server/contract": { ...pure, rooms: ["base", "events", "projections"], packages: ["zod"] },
  server: {
    ...shell,
    rooms: [...core, "observe", "redis", "workers", "server/contract"],
    packages: ["fastify", "zod"],
  },
  cli: {
    ...shell,
    rooms: ["base", "events", "projections", "sdk", "observe", "workers", "server", "server/contract"],
    packages: ["commander", "picocolors", "tsx@load-flows.ts"], // users' files are TypeScript
  },
};

/** The public entries: the only files beside the rooms, and the only ones that re-export. */
const entries: Readonly<Record<string, readonly string[]>> = {
  "index.ts": [...core, "observe", "redis", "workers"],
  "events.ts": ["base", "events"],
  "testing.ts": ["workers", "testing"],
  "postgres.ts": ["postgres"],
};

export const maxLines = 250;
export const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/;
const impureGlobals = new Set(
  (
    "process console performance crypto fetch require WebSocket EventSource XMLHttpRequest setTimeout setInterval " +
    "setImmediate clearTimeout clearInterval clearImmediate"
  ).split(" "),
);

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Facts {
  readonly imports: string[];
  readonly impurities: string[];
  reexports: boolean;
}

interface Verdict {
  readonly files: number; // a checker that sees nothing is green: compare this with what you know
  readonly violations: readonly string[];
}

/** Judges every file under `root` (a `src` folder) by the table above. */
export function checkTree(root: string): Verdict {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const sources = paths.filter((path) => path.endsWith(".ts"));
  const facts = new Map(sources.map((path) => [path, readFacts(readFileSync(join(root, path), "utf8"))]));
  const violations = [
    ...Object.keys(rooms).flatMap((room) =>
      existsSync(join(root, room)) ? [] : [`${room}: the room is missing`],
    ),
    ...paths.flatMap((path) => judgeFile(path, readFileSync(join(root, path), "utf8"))),
    ...[...facts].flatMap(([path, found]) => judgeSource(path, found)),
    ...findCycles(facts),
  ];
  return { files: sources.length, violations };
}

function judgeFile(path: string, text: string): string[] {
  const [room = "", ...rest] = path.split("/");
  const name = rest.at(-1) ?? room;
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const found: string[] = [];
  if (!kebabCase.test(name)) found.push(`${path}: the file name is not kebab-case`);
  if (lines > maxLines) found.push(`${path}: ${lines} lines, at most ${maxLines}`);
  if (rest.length === 0 && !(path in entries)) found.push(`${path}: a file outside the rooms`);
  if (rest.length > 0 && !(room in rooms)) found.push(`${path}: ${room} is not a room of the table`);
  if (rest.length > 0 && name === "index.ts") found.push(`${path}: a room has no index.ts`);
  return found;
}

function judgeSource(path: string, { imports, impurities, reexports }: Facts): string[] {
  const entry = entries[path];
  const own = roomOf(path);
  const room = entry === undefined ? rooms[own] : { ...shell, rooms: entry, packages: [], node: false };
  if (room === undefined) return []; // judgeFile has said so
  const found = imports.flatMap((specifier) => {
    const wrong = judgeImport({ path, own, room, specifier });
    return wrong === null ? [] : [`${path}: may not import ${wrong}`];
  });
  if (reexports && entry === undefined)
    found.push(`${path}: only ${Object.keys(entries).join(", ")} re-export`);
  if (room.pure) found.push(...impurities.map((name) => `${path}: a pure room may not use ${name}`));
  return found;
}

function judgeImport(at: { path: string; own: string; room: Room; specifier: string }): string | null {
  const { path, own, room, specifier } = at;
  const allowed = (list: readonly string[], name: string): boolean =>
    list.includes(name) || list.includes(`${name}@${path.slice(own.length + 1)}`);
  if (specifier.startsWith(".")) {
    const target = resolveImport(path, specifier);
    const there = roomOf(target);
    if (there === own || (target !== there && room.rooms.includes(there))) return null;
    return target;
  }
  if (specifier.startsWith("node:")) {
    return room.node === true || (room.node !== false && allowed(room.node, specifier)) ? null : specifier;
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return allowed(room.packages, name) ? null : `the package ${name}`;
}

/** The room of a file: the innermost one that the table knows. */
function roomOf(path: string): string {
  const [outer = "", inner] = path.split("/");
  return inner !== undefined && `${outer}/${inner}` in rooms ? `${outer}/${inner}` : outer;
}

export const resolveImport = (path: string, specifier: string): string =>
  relative(resolve("/"), resolve("/", dirname(path), specifier))
    .split(sep)
    .join("/");

/** Cycles between files; type-only imports count, since they make two files one to the reader. */
export function findCycles(facts: ReadonlyMap<string, Facts>): string[] {
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`cycle: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const specifier of facts.get(path)?.imports ?? []) {
      if (specifier.startsWith(".")) visit(resolveImport(path, specifier));
    }
    trail.pop();
    done.add(path);
  };
  for (const path of facts.keys()) visit(path);
  return cycles;
}

export function readFacts(text: string, lang: "ts" | "tsx" = "ts"): Facts {
  const facts: Facts = { imports: [], impurities: [], reexports: false };
  const imported = new Set<string>();
  walk(parseAst(text, { lang }) as unknown as Node, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== null) facts.imports.push(specifier);
    const impurity = impurityOf(node);
    if (impurity !== null) facts.impurities.push(impurity);
    if (/^Import\w*Specifier$/.test(node.type)) imported.add(nameOf(node["local"]));
    if (/^Export(Named|All)Declaration$/.test(node.type) && isNode(node["source"])) facts.reexports = true;
    if (node.type === "ExportSpecifier" && imported.has(nameOf(node["local"]))) facts.reexports = true;
  });
  return facts;
}

/** What a node imports: `import`, `export from`, `import()`, a type's `import()`, or `new URL("./x.ts", …)` of a thread. */
function specifierOf(node: Node): string | null {
  const literal = (value: unknown): string | null =>
    isNode(value) && typeof value["value"] === "string" ? value["value"] : null;
  if (node.type === "TSImportType") return literal(node["source"] ?? node["argument"]);
  if (/^(Import|Export\w*)Declaration$|^ImportExpression$/.test(node.type)) return literal(node["source"]);
  if (node.type !== "NewExpression" || nameOf(node["callee"]) !== "URL") return null;
  const path = Array.isArray(node["arguments"]) ? literal(node["arguments"][0]) : null;
  return path !== null && /^\.\.?\/.*\.ts$/.test(path) ? path : null;
}

function impurityOf(node: Node): string | null {
  if (node.type === "Identifier") return impureGlobals.has(nameOf(node)) ? nameOf(node) : null;
  if (node.type === "MemberExpression") {
    const object = nameOf(node["object"]);
    const path = `${object}.${nameOf(node["property"])}`;
    if (path === "Date.now" || path === "Math.random") return path;
    return object === "globalThis" && impureGlobals.has(nameOf(node["property"])) ? path : null;
  }
  if (!/^(New|Call)Expression$/.test(node.type) || nameOf(node["callee"]) !== "Date") return null;
  return node.type === "CallExpression" || (node["arguments"] as unknown[]).length === 0 ? "Date()" : null;
}

/** Visits every node that can be a use of a name: not the names of members and keys. */
function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const [field, value] of Object.entries(node)) {
    if ((field === "property" || field === "key") && node["computed"] !== true) continue;
    if (field === "imported" || field === "exported") continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

const nameOf = (value: unknown): string => {
  if (!isNode(value)) return "";
  const name = value["name"] ?? value["value"]; // a computed member's literal counts as its name
  return typeof name === "string" ? name : "";
};
