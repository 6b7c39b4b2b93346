/**
 * Writes the pages of docs/reference that are made from the code: every event, every error. `--check` only compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { errorTraits } from "../src/base/errors.ts";
import { catalog } from "../src/events/catalog.ts";

const made = "<!-- Made from the code by scripts/reference-pages.ts; do not edit. -->";

export function eventsPage(): string {
  const sections = catalog.map(({ type, code, version, about, schema }) => {
    const properties = fieldsOf(schema);
    const rows = Object.entries(properties).map(([name, field]) => `| \`${name}\` | ${typeOf(field)} |`);
    return [
      `## ${type}`,
      "",
      about,
      "",
      `Code ${code}, version ${version}.`,
      "",
      "| field | type |",
      "| --- | --- |",
      ...rows,
    ].join("\n");
  });
  const intro = [
    "# Events",
    "",
    made,
    "",
    "Everything that happens to a run is one of these events in its stream, at positions 1, 2, 3, … without gaps.",
    "An entry holds six bytes of time (epoch ms, by the clock of Redis) and a msgpack list: the code, the version, the",
    "actor (empty = the same as of the entry before in the same commit), then the fields in the order of this page.",
    "A *payload* is a recorded value: its bytes, or above 32 KiB the SHA-256 and size of bytes in the payload store.",
    "`readEvent` of `millrace/events` decodes an entry, older versions too.",
  ];
  return `${[...intro, "", sections.join("\n\n")].join("\n")}\n`;
}

interface Field {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Field[];
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
}

function fieldsOf(schema: z.ZodType): Readonly<Record<string, Field>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON Schema, of which Field names the parts used here
  const json = z.toJSONSchema(schema, { unrepresentable: "any" }) as Field;
  return json.properties ?? {};
}

function typeOf(field: Field): string {
  if (field.anyOf !== undefined) {
    if (field.anyOf.some((option) => Object.keys(option).length === 0))
      return isNullable(field) ? "payload or null" : "payload";
    return field.anyOf.map(typeOf).join(" or ");
  }
  if (field.type === "array") return field.items === undefined ? "list" : `list of ${typeOf(field.items)}`;
  if (field.type === "object") return `{ ${Object.keys(field.properties ?? {}).join(", ")} }`;
  return [field.type ?? "payload"].flat().join(" or ");
}

function isNullable({ anyOf = [] }: Field): boolean {
  return anyOf.some(({ type }) => type === "null");
}

const remedies = {
  never: "Trying again does not help.",
  reload: "Somebody else was first: read again, then decide.",
  later: "The machine is unwell: try again later.",
} as const;

export function errorsPage(): string {
  const rows = Object.entries(errorTraits).map(
    ([code, { remedy, http, exit }]) => `| \`${code}\` | ${remedies[remedy]} | ${http} | ${exit} |`,
  );
  const intro = [
    "# Errors",
    "",
    made,
    "",
    "Millrace throws one class, `EngineError`; tell its cases apart by `code`, or with `isEngineError(error, code)`.",
    "A code is public and never reused. What a failing task throws is recorded, and reaches the flow as the error it was.",
    "",
    "| code | what to do | HTTP | exit code of the CLI |",
    "| --- | --- | --- | --- |",
  ];
  return `${[...intro, ...rows].join("\n")}\n`;
}

/** Path below the repository and content of each page. */
export const pages: ReadonlyMap<string, () => string> = new Map([
  ["docs/reference/events.md", eventsPage],
  ["docs/reference/errors.md", errorsPage],
]);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [path, make] of pages) {
    const url = new URL(`../${path}`, import.meta.url);
    if (process.argv.includes("--check")) process.exitCode ||= readFileSync(url, "utf8") === make() ? 0 : 1;
    else writeFileSync(url, make());
  }
}
