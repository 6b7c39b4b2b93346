import type { z } from "zod";
import { EngineError } from "../base/errors.ts";

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
  /** @throws EngineError EVENT_UNREADABLE for values of another shape, also of a newer version */
  read(version: number, values: readonly unknown[]): Data;
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
    read(stored, values): Data {
      if (stored > version) throw newerVersion(type, stored, version);
      if (!Number.isInteger(stored) || stored < 1) throw noVersion(type, stored);
      let data: Readonly<Record<string, unknown>> = toRecord(upcasts[stored - 1]?.fields ?? fields, values);
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

function toRecord(fields: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) record[field] = values[index];
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
