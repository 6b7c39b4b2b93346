import type { z } from "zod";
import { EngineError } from "../base/errors.ts";
import { type Look, lookFor } from "./look.ts";

/** An event that is about to be written: what happened, without where and when. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** How version n became version n + 1. */
export interface Upcast {
  readonly fields: readonly string[]; // the fields of version n, in stored order
  readonly up: (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

export interface EventDefinition<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly code: number; // stored instead of the type; never reused
  readonly version: number; // upcasts.length + 1, so it cannot be forgotten
  readonly about: string; // one sentence for the reference page
  readonly fields: readonly string[];
  readonly schema: z.ZodType<Data>;
  make(data: Data): NewEvent<Type, Data>;
  toValues(data: Data): unknown[];
  /**
   * @param from index of the first of the values
   * @throws EngineError EVENT_UNREADABLE for values of another shape, also of a newer version
   */
  read(version: number, values: readonly unknown[], from?: number): Data;
}

interface Definition<Shape extends z.ZodRawShape> {
  readonly code: number;
  readonly about: string;
  readonly data: z.ZodObject<Shape>;
  readonly upcasts?: readonly Upcast[];
}

/**
 * Declares an event. Its data is stored as a list of values in the order of the zod shape (names would double
 * the size of the log), so a changed shape, even a changed order, is a new version: put an upcast on the list.
 */
export function defineEvent<Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  { code, about, data: schema, upcasts = [] }: Definition<Shape>,
): EventDefinition<Type, z.output<z.ZodObject<Shape>>> {
  type Data = z.output<z.ZodObject<Shape>>;
  const fields = Object.keys(schema.shape);
  const version = upcasts.length + 1;
  const looks = looksOf(schema);

  return {
    type,
    code,
    version,
    about,
    fields,
    schema,
    make: (data) => ({ type, data }),
    toValues: (data) => {
      const record: Record<string, unknown> = data;
      return fields.map((field) => record[field]);
    },
    read(stored, values, from = 0): Data {
      if (stored === version && looks !== null && fit(looks, values, from))
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each of the values was looked at
        return toRecord(fields, values, from) as Data;
      if (stored > version) throw newerVersion(type, stored, version);
      if (!Number.isInteger(stored) || stored < 1) throw noVersion(type, stored);
      let data: Readonly<Record<string, unknown>> = toRecord(
        upcasts[stored - 1]?.fields ?? fields,
        values,
        from,
      );
      for (const { up } of upcasts.slice(stored - 1)) data = up(data);
      const parsed = schema.safeParse(data);
      if (parsed.success) return parsed.data;
      throw new EngineError(
        "EVENT_UNREADABLE",
        `A ${type} event does not have its shape: ${parsed.error.message}`,
        {
          type,
          version: stored,
        },
      );
    },
  };
}

/** For each field in order; null = the schema has rules for the fields together. */
function looksOf({ shape, _zod: { def } }: z.ZodObject): readonly Look[] | null {
  return def.checks === undefined || def.checks.length === 0 ? Object.values(shape).map(lookFor) : null;
}

function fit(looks: readonly Look[], values: readonly unknown[], from: number): boolean {
  for (let index = 0; index < looks.length; index += 1)
    if (looks[index]?.(values[from + index]) !== true) return false;
  return true;
}

function toRecord(
  fields: readonly string[],
  values: readonly unknown[],
  from: number,
): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  let index = from;
  for (const field of fields) {
    record[field] = values[index];
    index += 1;
  }
  return record;
}

function noVersion(type: string, stored: number): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `A ${type} event says version ${stored}; the entry is damaged.`,
    { type },
  );
}

function newerVersion(type: string, stored: number, known: number): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `A ${type} event has version ${stored}, and this Millrace knows versions up to ${known}: ` +
      `it was written by a newer release. Upgrade this process, or let newer workers continue the run.`,
    { type, version: stored, known },
  );
}
