/**
 * Writes the pages of docs/reference that are made from the code: every event, error, metric and route. `--check` only compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { errorTraits } from "../src/base/errors.ts";
import { catalog } from "../src/events/catalog.ts";
import { type Metric, metricCatalog } from "../src/observe/metric-catalog.ts";
import { restPage } from "./rest-page.ts";

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
    "A *payload* is a recorded value: its bytes, or above 32 KiB the SHA-256 and size of bytes in the payload store; a " +
      "third element says how and where, unless that is msgpack in Redis.",
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

const origins = {
  projection: {
    title: "Folded from the log",
    text:
      "Served by `millrace metrics`. They are projections: they survive restarts, count every event once, and are the " +
      "same after a rebuild.",
  },
  gauge: {
    title: "Read from Redis",
    text: "Served by `millrace metrics`. Each exporter reads the same: take `max by (...)` before `sum`.",
  },
  process: {
    title: "Of one process",
    text:
      "Served by each `millrace worker --metrics-port N`, and by `millrace metrics` for itself, with the usual " +
      "`process_` and `nodejs_` metrics of prom-client. They begin at 0 with the process.",
  },
} as const satisfies Record<Metric["where"], object>;

export function metricsPage(): string {
  const all: readonly (readonly [string, Metric])[] = Object.entries(metricCatalog);
  const sections = Object.entries(origins).flatMap(([origin, { title, text }]) => {
    const own = all.filter(([, { where }]) => where === origin);
    const rows = own.map(([name, { type, labels, help }]) => {
      const names = Object.keys(labels).map((label) => `\`${label}\``);
      return `| \`${name}\` | ${type} | ${names.join(", ")} | ${help} |`;
    });
    return [
      "",
      `## ${title}`,
      "",
      text,
      "",
      "| metric | type | labels | says |",
      "| --- | --- | --- | --- |",
      ...rows,
    ];
  });
  const intro = [
    "# Metrics",
    "",
    made,
    "",
    "For Prometheus, as text 0.0.4 or, when the scraper accepts it, OpenMetrics 1.0 with exemplars. Counters end in",
    "`_total`; units are seconds, bytes and events. Labels are closed sets, or names of flows, tasks and queues: the first",
    "500 pairs of flow and task, 100 flows and 100 queues have series of their own, the others are summed up as",
    "`__other__`. What a flow can count stands at 0 from the time when the flow is known.",
  ];
  return `${[...intro, ...sections, "", "## Values of closed labels", "", ...closedLabels(all), "", ...bucketLines(all)].join("\n")}\n`;
}

function closedLabels(all: readonly (readonly [string, Metric])[]): string[] {
  const rows = all.flatMap(([name, { labels }]) =>
    Object.entries(labels).flatMap(([label, values]) =>
      values === null || label === "type" ? [] : [`| \`${name}\` | \`${label}\` | ${values.join(", ")} |`],
    ),
  );
  return [
    "| metric | label | values |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "`type` is a type of the [events](events.md).",
  ];
}

function bucketLines(all: readonly (readonly [string, Metric])[]): string[] {
  const rows = all.flatMap(([name, { buckets, hasExemplars }]) =>
    buckets === null
      ? []
      : [`| \`${name}\` | ${buckets.join(", ")} | ${hasExemplars ? "`run_id`, `trace_id`" : ""} |`],
  );
  return ["## Buckets", "", "| histogram | upper edges | exemplars |", "| --- | --- | --- |", ...rows];
}

/** Path below the repository and content of each page. */
export const pages: ReadonlyMap<string, () => string> = new Map([
  ["docs/reference/events.md", eventsPage],
  ["docs/reference/errors.md", errorsPage],
  ["docs/reference/metrics.md", metricsPage],
  ["docs/reference/api-rest.md", () => restPage(made)],
]);

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [path, make] of pages) {
    const url = new URL(`../${path}`, import.meta.url);
    if (process.argv.includes("--check")) process.exitCode ||= readFileSync(url, "utf8") === make() ? 0 : 1;
    else writeFileSync(url, make());
  }
}
