import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

export type Encoding = "br" | "gzip" | "identity";

/** A file of the built user interface, in memory. */
export interface WebFile {
  readonly type: string;
  readonly isImmutable: boolean; // its name holds a hash of what is in it
  readonly bodies: Readonly<Partial<Record<Encoding, Buffer>>>; // identity is always there
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  webmanifest: "application/manifest+json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
  map: "application/json; charset=utf-8",
};

const hashed = /-[\w-]{8,}\.\w+$/;
const suffixes = { br: ".br", gzip: ".gz" } as const;

/**
 * Every file below a folder by its path in a URL. Read once: a server asks for no file by a name that somebody sent. What
 * the build has compressed comes along.
 */
export function readWebFiles(root: string): ReadonlyMap<string, WebFile> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry: Dirent) => relative(root, join(entry.parentPath, entry.name)));
  const known = new Set(names);
  const files = new Map<string, WebFile>();
  for (const name of names) {
    if (name.endsWith(suffixes.br) || name.endsWith(suffixes.gzip)) continue;
    const read = (suffix: string): Buffer | undefined =>
      known.has(`${name}${suffix}`) ? readFileSync(join(root, `${name}${suffix}`)) : undefined;
    const [br, gzip] = [read(suffixes.br), read(suffixes.gzip)];
    files.set(`/${name.split(sep).join("/")}`, {
      type: types[name.split(".").at(-1) ?? ""] ?? "application/octet-stream",
      isImmutable: name.startsWith("assets") && hashed.test(name),
      bodies: {
        identity: readFileSync(join(root, name)),
        ...(br === undefined ? {} : { br }),
        ...(gzip === undefined ? {} : { gzip }),
      },
    });
  }
  return files;
}

/** The smallest form that a browser takes. */
export function chooseBody({ bodies }: WebFile, accepted: string): readonly [Encoding, Buffer] {
  const wanted = new Set(
    accepted
      .split(",")
      .flatMap((part) => (/;\s*q=0(?:\.0*)?$/.test(part) ? [] : (part.split(";")[0]?.trim() ?? []))),
  );
  for (const encoding of ["br", "gzip"] as const) {
    const body = bodies[encoding];
    if (body !== undefined && wanted.has(encoding)) return [encoding, body];
  }
  return ["identity", bodies.identity ?? Buffer.alloc(0)];
}
