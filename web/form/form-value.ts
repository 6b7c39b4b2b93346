import type { FormField } from "./form-field.ts";

/** What a field starts with: its default; else nothing, and objects with what their fields start with. */
export function initialValue(field: FormField): unknown {
  if (field.initial !== undefined) return field.initial;
  if (field.kind === "object") return initialObject(field);
  if (!field.isRequired) return undefined;
  if (field.isNullable) return null;
  if (field.kind === "list") return [];
  if (field.kind === "boolean") return false;
  return field.kind === "choice" && field.choices.length === 1 ? field.choices[0] : undefined;
}

function initialObject(field: Extract<FormField, { kind: "object" }>): unknown {
  const entries = field.fields.map((part) => [part.name, initialValue(part)] as const);
  const given = entries.filter(([, value]) => value !== undefined);
  return field.isRequired || given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** An object with one field changed; undefined takes it out. */
export function withField(value: unknown, name: string, part: unknown): Readonly<Record<string, unknown>> {
  const { [name]: _, ...others } = fieldsOf(value);
  return part === undefined ? others : { ...others, [name]: part };
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The option of a union that a value looks like: the one whose constants it has, else the first. */
export function optionOf(field: Extract<FormField, { kind: "oneOf" }>, value: unknown): number {
  const found = field.options.findIndex((option) => fits(option, value));
  return Math.max(0, found);
}

function fits(field: FormField, value: unknown): boolean {
  switch (field.kind) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "choice":
      return field.choices.includes(value);
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const fields = fieldsOf(value);
      return field.fields.every(
        (part) => part.kind !== "choice" || part.choices.length > 1 || part.choices[0] === fields[part.name],
      );
    }
    default:
      return false;
  }
}

/** Where a problem is, as the form names its places: "/input/tags/0", "input.tags.0" and "tags.0" are "tags.0". */
export function toPath(path: string): string {
  return path
    .replace(/^\//, "")
    .replaceAll("/", ".")
    .replace(/^(body\.)?(input|payload|args)(\.|$)/, "");
}
