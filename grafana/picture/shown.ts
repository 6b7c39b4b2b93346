import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";

interface Column {
  readonly title: string;
  readonly unit: string;
  readonly redFrom: number | null;
}

/** What a picture needs of a panel. */
export interface Shown {
  readonly type: string;
  readonly title: string;
  readonly unit: string;
  readonly empty: string;
  readonly base: string; // colour below the first limit
  readonly limits: readonly (readonly [from: number, color: string])[];
  readonly max: number | null;
  readonly isStacked: boolean;
  readonly colors: Readonly<Record<string, string>>; // by legend
  readonly columns: readonly Column[]; // of a table
  readonly sortBy: string;
}

type Override = NonNullable<NonNullable<Panel["fieldConfig"]>["overrides"]>[number];

/** Reads what our panels set; anything else of Grafana's many options is not drawn. */
export function toShown(panel: Panel): Shown {
  const { defaults, overrides } = panel.fieldConfig ?? { defaults: {}, overrides: [] };
  const [base, ...limits] = defaults.thresholds?.steps ?? [];
  const custom = record(defaults.custom);
  return {
    type: panel.type,
    title: panel.title ?? "",
    unit: defaults.unit ?? "none",
    empty: defaults.noValue ?? "No data",
    base: base?.color ?? "text",
    limits: limits.map(({ value, color }) => [value ?? 0, color] as const),
    max: defaults.max ?? null,
    isStacked: record(custom["stacking"])["mode"] === "normal",
    colors: Object.fromEntries(overrides.flatMap(fixedColor)),
    columns: panel.type === "table" ? overrides.flatMap(column) : [],
    sortBy: sortedBy(panel.options),
  };
}

function fixedColor({ matcher, properties }: Override): [string, string][] {
  const color = record(properties.find(({ id }) => id === "color")?.value)["fixedColor"];
  return typeof color === "string" ? [[String(matcher.options), color]] : [];
}

function column({ matcher, properties }: Override): Column[] {
  const unit: unknown = properties.find(({ id }) => id === "unit")?.value;
  if (typeof unit !== "string") return [];
  const steps: unknown = record(properties.find(({ id }) => id === "thresholds")?.value)["steps"];
  const red: unknown = Array.isArray(steps) ? record(steps[1])["value"] : null;
  return [{ title: String(matcher.options), unit, redFrom: typeof red === "number" ? red : null }];
}

function sortedBy(options: unknown): string {
  const sort: unknown = record(options)["sortBy"];
  return Array.isArray(sort) ? String(record(sort[0])["displayName"]) : "";
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
