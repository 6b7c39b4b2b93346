/** A field of a form, made of a JSON Schema. What no control fits is `json`: it is typed as it is. */
export type FormField = FieldBase &
  (
    | { readonly kind: "text"; readonly format: TextFormat; readonly maxLength: number | null }
    | {
        readonly kind: "number";
        readonly isInteger: boolean;
        readonly least: number | null;
        readonly most: number | null;
      }
    | { readonly kind: "boolean" }
    | { readonly kind: "choice"; readonly choices: readonly unknown[] }
    | { readonly kind: "list"; readonly item: FormField }
    | { readonly kind: "object"; readonly fields: readonly FormField[] }
    | { readonly kind: "oneOf"; readonly options: readonly FormField[] }
    | { readonly kind: "json" }
  );

type TextFormat = "text" | "date" | "datetime-local" | "time" | "email" | "url" | "password" | "long";

interface FieldBase {
  readonly name: string; // in its object; "" = the root, or an entry of a list
  readonly title: string;
  readonly about: string; // "" = nothing is said
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly initial: unknown; // the schema's default; undefined = none
}

type Schema = Readonly<Record<string, unknown>>;

interface Place {
  readonly root: Schema; // where `$ref` looks
  readonly name: string;
  readonly isRequired: boolean;
  readonly depth: number;
}

const deepest = 8; // schemas that contain themselves end in JSON

/** The form of a whole schema. */
export function toForm(schema: Schema): FormField {
  return toField(schema, { root: schema, name: "", isRequired: true, depth: 0 });
}

function toField(given: Schema, place: Place): FormField {
  const schema = merged(resolved(given, place.root), place.root);
  const options = optionsIn(schema).map((one) => resolved(one, place.root));
  const real = options.filter((one) => one["type"] !== "null");
  const isNullable = real.length < options.length;
  const [only] = real;
  if (real.length === 1 && only !== undefined)
    return { ...toField({ ...only, ...describing(schema) }, place), isNullable };
  const base: FieldBase = {
    name: place.name,
    title: textOf(schema["title"]) ?? place.name,
    about: textOf(schema["description"]) ?? "",
    isRequired: place.isRequired && schema["default"] === undefined,
    isNullable,
    initial: schema["default"],
  };
  if (place.depth > deepest) return { ...base, kind: "json" };
  if (real.length > 1) return toUnion(base, real, place);
  return { ...base, ...kindOf(schema, place) };
}

/** What a value may be, each by itself; nothing = the schema is one by itself. */
function optionsIn(schema: Schema): readonly Schema[] {
  const types = listOfTexts(schema["type"]);
  if (types.length > 1) {
    const { title: _, description: __, default: ___, ...each } = schema;
    return types.map((type) => ({ ...each, type }));
  }
  return listOf(schema["anyOf"] ?? schema["oneOf"]);
}

function toUnion(base: FieldBase, real: readonly Schema[], place: Place): FormField {
  const constants = real.map((one) => one["const"]);
  if (constants.every((value) => value !== undefined)) return { ...base, kind: "choice", choices: constants };
  const options = real.map((one, index) => {
    const field = toField(one, { ...place, depth: place.depth + 1 });
    return { ...field, title: textOf(one["title"]) ?? tellingConstant(one) ?? `${field.kind} ${index + 1}` };
  });
  return { ...base, kind: "oneOf", options };
}

/** The value that tells the options of a union apart, as in `kind: "file"`. */
function tellingConstant(schema: Schema): string | null {
  const constants = Object.values(recordOf(schema["properties"])).flatMap((part) => {
    const value = recordOf(part)["const"];
    return typeof value === "string" ? [value] : [];
  });
  return constants[0] ?? null;
}

type Kind = {
  readonly [Key in FormField["kind"]]: Omit<Extract<FormField, { kind: Key }>, keyof FieldBase>;
}[FormField["kind"]];

function kindOf(schema: Schema, place: Place): Kind {
  if (Array.isArray(schema["enum"])) return { kind: "choice", choices: schema["enum"] };
  if (schema["const"] !== undefined) return { kind: "choice", choices: [schema["const"]] };
  const type = listOfTexts(schema["type"]).find((one) => one !== "null");
  switch (type) {
    case "string":
      return { kind: "text", format: formatOf(schema), maxLength: numberOf(schema["maxLength"]) };
    case "number":
    case "integer":
      return {
        kind: "number",
        isInteger: type === "integer",
        least: bounded(numberOf(schema["minimum"])),
        most: bounded(numberOf(schema["maximum"])),
      };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return toList(schema, place);
    case "object":
      return toObject(schema, place);
    default:
      return { kind: "json" };
  }
}

function toList(schema: Schema, { root, depth }: Place): Kind {
  if (typeof schema["items"] !== "object" || schema["items"] === null) return { kind: "json" };
  const item = toField(recordOf(schema["items"]), { root, name: "", isRequired: true, depth: depth + 1 });
  return { kind: "list", item };
}

function toObject(schema: Schema, { root, depth }: Place): Kind {
  const properties = Object.entries(recordOf(schema["properties"]));
  if (properties.length === 0) return { kind: "json" }; // a record of any names
  const required = new Set(listOfTexts(schema["required"]));
  const fields = properties.map(([name, part]) =>
    toField(recordOf(part), { root, name, isRequired: required.has(name), depth: depth + 1 }),
  );
  return { kind: "object", fields };
}

const formats: Readonly<Record<string, TextFormat>> = {
  date: "date",
  "date-time": "datetime-local",
  time: "time",
  email: "email",
  uri: "url",
  url: "url",
  password: "password",
  textarea: "long",
};

function formatOf(schema: Schema): TextFormat {
  const most = numberOf(schema["maxLength"]);
  return formats[textOf(schema["format"]) ?? ""] ?? (most !== null && most > 200 ? "long" : "text");
}

/** Follows `$ref` within the schema; a chain that never ends is cut. */
function resolved(schema: Schema, root: Schema): Schema {
  let current = schema;
  for (let step = 0; step < deepest && typeof current["$ref"] === "string"; step += 1) {
    const { $ref: address, ...beside } = current;
    const path = address.replace(/^#\/?/, "").split("/");
    const target = path.reduce<unknown>(
      (at, part) => (part === "" ? at : recordOf(at)[part.replaceAll("~1", "/").replaceAll("~0", "~")]),
      root,
    );
    current = { ...recordOf(target), ...beside };
  }
  return current;
}

/** `allOf` of objects is one object with all their fields. */
function merged(schema: Schema, root: Schema): Schema {
  const parts = [schema, ...listOf(schema["allOf"]).map((part) => resolved(part, root))];
  if (parts.length === 1) return schema;
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map((part) => recordOf(part["properties"]))),
    required: parts.flatMap((part) => listOfTexts(part["required"])),
  };
}

function describing({ title, description, default: initial }: Schema): Schema {
  return Object.fromEntries(
    Object.entries({ title, description, default: initial }).filter(([, value]) => value !== undefined),
  );
}

/** Bounds of all safe integers say nothing to a person. */
function bounded(value: number | null): number | null {
  return value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

function recordOf(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function listOf(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function listOfTexts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === "string");
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
