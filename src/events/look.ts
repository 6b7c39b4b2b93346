import type { z } from "zod";

/** Tells whether a value surely fits a schema, and would come out of it as it is; false = ask the schema. */
export type Look = (value: unknown) => boolean;

const askSchema: Look = () => false;

/**
 * A quick look at what a schema accepts. A schema makes a new value, a context and a list of issues each time, which is
 * most of what it costs to read an event; this makes nothing. It knows what events consist of, and leaves all else,
 * with everything that does not fit, to the schema.
 */
export function lookFor(schema: z.core.$ZodType): Look {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as zod has it: every schema is one of these
  const { _zod: known } = schema as z.core.$ZodTypes;
  const { def } = known;
  if (def.type === "number") return numbers(def);
  if (def.checks !== undefined && def.checks.length > 0) return askSchema;
  switch (def.type) {
    case "string":
      return "format" in def ? askSchema : (value) => typeof value === "string";
    case "boolean":
      return (value) => typeof value === "boolean";
    case "custom":
      return (value) => def.fn(value) === true;
    case "enum": {
      const members = new Set<unknown>(Object.values(def.entries));
      return (value) => members.has(value);
    }
    default:
      return lookInto(def);
  }
}

/** The same for schemas that hold others. */
function lookInto(def: z.core.$ZodTypes["_zod"]["def"]): Look {
  switch (def.type) {
    case "nullable": {
      const inner = lookFor(def.innerType);
      return (value) => value === null || inner(value);
    }
    case "readonly":
      return lookFor(def.innerType);
    case "array": {
      const each = lookFor(def.element);
      return (value) => Array.isArray(value) && value.every(each);
    }
    case "tuple": {
      const items = def.rest === null ? def.items.map(lookFor) : null;
      return items === null ? askSchema : (value) => Array.isArray(value) && areAll(items, value);
    }
    case "union": {
      const options = def.options.map(lookFor);
      return (value) => options.some((option) => option(value));
    }
    default:
      return askSchema;
  }
}

function areAll(looks: readonly Look[], values: readonly unknown[]): boolean {
  return values.length === looks.length && looks.every((look, index) => look(values[index]));
}

function numbers({ checks = [], ...def }: z.core.$ZodNumberDef): Look {
  const bounds = checks.map(boundOf);
  const isNumber = "format" in def ? wholeNumbers(def.format) : Number.isFinite;
  return isNumber === null || bounds.includes(null)
    ? askSchema
    : (value) => isNumber(value) && bounds.every((bound) => bound?.(Number(value)) === true);
}

function wholeNumbers(format: unknown): Look | null {
  return format === "safeint" ? Number.isSafeInteger : null;
}

function boundOf(check: z.core.$ZodCheck): ((value: number) => boolean) | null {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as zod has it: every check is one of these
  const { _zod: known } = check as unknown as z.core.$ZodChecks;
  const { def } = known;
  if (def.check !== "greater_than" && def.check !== "less_than") return null;
  const limit = Number(def.value);
  if (def.check === "greater_than")
    return def.inclusive ? (value) => value >= limit : (value) => value > limit;
  return def.inclusive ? (value) => value <= limit : (value) => value < limit;
}
